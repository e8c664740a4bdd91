// Command verify runs the worker that judges codes, as a process of its own.
package main

import (
	"context"

	"countersign/pkg/worker/process"
	"countersign/pkg/worker/runtime"
	"countersign/services/verify"
)

func main() { runtime.Main(run) }

const about = "judges codes: it issues challenges, counts wrong codes, and says whether a login passes.\n" +
	"Any number of it may run beside each other."

type settings struct {
	process.Settings
	process.SeedKeeper
}

func run(ctx context.Context, p runtime.Process) error {
	conf, err := runtime.Settings[settings](p, about)
	if err != nil {
		return err
	}
	return process.Run(ctx, p, process.Config{
		Worker: verify.Worker(), Settings: conf.Settings, SeedKeeper: conf.SeedKeeper, Sealed: true,
	})
}
