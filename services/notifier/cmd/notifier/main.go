// Command notifier runs the worker that sends codes and notices, as a process of its own.
package main

import (
	"context"

	"countersign/pkg/worker/process"
	"countersign/pkg/worker/runtime"
	"countersign/services/notifier"
)

func main() { runtime.Main(run) }

const about = "sends codes and notices by mail and text. It cannot compute seeds."

func run(ctx context.Context, p runtime.Process) error {
	conf, err := runtime.Settings[settings](p, about)
	if err != nil {
		return err
	}
	sends, err := notifier.Worker(conf.providers())
	if err != nil {
		return err
	}
	return process.Run(ctx, p, process.Config{Worker: sends, Settings: conf.Settings, Pages: conf.pages()})
}
