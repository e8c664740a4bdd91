package processes_test

import (
	"context"

	"countersign/e2e/program"
)

var workers = program.Workers()

// build builds all programs into dir.
func build(ctx context.Context, dir string) error {
	ours := []string{program.Countersign}
	for _, name := range workers {
		ours = append(ours, program.Worker(name))
	}
	if err := program.Build(ctx, dir, program.RaceFlags(), ours...); err != nil {
		return err
	}
	return program.Build(ctx, dir, nil, program.NATSServer)
}
