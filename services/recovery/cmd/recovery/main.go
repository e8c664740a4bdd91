// Command recovery runs the worker for the lost device, as a process of its own.
package main

import (
	"context"

	"countersign/pkg/worker/process"
	"countersign/pkg/worker/runtime"
	"countersign/services/recovery"
)

func main() { runtime.Main(run) }

const about = "is for the lost device. This release does not offer its flow yet: it answers so."

func run(ctx context.Context, p runtime.Process) error {
	conf, err := runtime.Settings[process.Settings](p, about)
	if err != nil {
		return err
	}
	return process.Run(ctx, p, process.Config{Worker: recovery.Worker(), Settings: conf})
}
