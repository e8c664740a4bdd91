module countersign/cmd/countersign

go 1.26.0

require countersign/pkg/events v0.0.0
require countersign/pkg/worker v0.0.0
require countersign/services/enroll v0.0.0
require countersign/services/verify v0.0.0
require countersign/services/notifier v0.0.0
require countersign/services/recovery v0.0.0

replace countersign/pkg/events => ../../pkg/events
replace countersign/pkg/worker => ../../pkg/worker
replace countersign/services/enroll => ../../services/enroll
replace countersign/services/verify => ../../services/verify
replace countersign/services/notifier => ../../services/notifier
replace countersign/services/recovery => ../../services/recovery
