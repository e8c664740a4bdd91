// Command notifier runs the worker that sends codes and notices, as a process of its own.
package main

import (
	"context"
	"errors"

	"countersign/pkg/worker/process"
	"countersign/pkg/worker/runtime"
	"countersign/services/notifier"
)

func main() { runtime.Main(run) }

const about = "sends codes and notices by mail and text. It cannot compute seeds."

func run(ctx context.Context, p runtime.Process) (err error) {
	conf, err := runtime.Settings[settings](p, about)
	if err != nil {
		return err
	}
	runtime.Collect(notifier.CollectAt)
	providers := conf.providers()
	if providers.Counters, err = notifier.CountersInMongoDB(ctx, conf.Store.URI, conf.Store.Database); err != nil {
		return process.StoreError("COUNTERSIGN_MONGODB_URI", err)
	}
	defer func() { err = errors.Join(err, providers.Counters.Close()) }()
	providers.Pace = pace()
	sends, err := notifier.Worker(providers)
	if err != nil {
		return err
	}
	return process.Run(ctx, p, process.Config{Worker: sends, Settings: conf.Settings, Pages: conf.pages()})
}
