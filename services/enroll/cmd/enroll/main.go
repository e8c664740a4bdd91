// Command enroll runs the worker that owns users' factors, as a process of its own.
package main

import (
	"context"

	"countersign/pkg/worker/process"
	"countersign/pkg/worker/runtime"
	"countersign/services/enroll"
)

func main() { runtime.Main(run) }

const about = "owns users' factors: it makes secrets, judges the code that activates, keeps contacts, and forgets users.\n" +
	"It makes the first keys of an installation: start it before the other workers."

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
		Worker: enroll.Worker(), Settings: conf.Settings, SeedKeeper: conf.SeedKeeper, Sealed: true, Writer: true,
	})
}
