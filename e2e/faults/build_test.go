package faults_test

import (
	"context"

	"countersign/e2e/program"
)

var workers = program.Workers()

// build builds what runs into dir: the workers with failpoints.
func build(ctx context.Context, dir string) error {
	var ours []string
	for _, name := range workers {
		ours = append(ours, program.Worker(name))
	}
	if err := program.Build(ctx, dir, append(program.RaceFlags(), "-tags", "failpoints"), ours...); err != nil {
		return err
	}
	return program.Build(ctx, dir, nil, program.Countersign, program.NATSServer)
}
