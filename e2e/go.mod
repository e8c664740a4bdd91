module countersign/e2e

go 1.26.0

require countersign/pkg/events v0.0.0
require countersign/pkg/worker v0.0.0

replace countersign/pkg/events => ../pkg/events
replace countersign/pkg/worker => ../pkg/worker
