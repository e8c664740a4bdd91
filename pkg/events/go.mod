module countersign/pkg/events

go 1.26.0


