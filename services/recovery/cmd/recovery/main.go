// Command recovery runs the worker for the lost device and its pages, as a process of its own.
package main

import (
	"context"

	"countersign/pkg/worker/process"
	"countersign/pkg/worker/runtime"
	"countersign/services/recovery"
)

func main() { runtime.Main(run) }

const about = "is for the lost device: it serves the pages of a recovery below the path " + recovery.Base + ", and opens, decides and ends cases."

type settings struct {
	process.Settings
	Captcha recovery.Captcha
	Listen  string `env:"COUNTERSIGN_RECOVERY_LISTEN" envDefault:":8080" about:"it is where the pages are served, as plain HTTP: what stands before it ends TLS and leads recovery.url of every policy here" remedy:"use host:port"`
}

func run(ctx context.Context, p runtime.Process) error {
	conf, err := runtime.Settings[settings](p, about)
	if err != nil {
		return err
	}
	w, err := recovery.Worker(recovery.Config{Captcha: conf.Captcha})
	if err != nil {
		return err
	}
	return process.Run(ctx, p, process.Config{
		Worker: w, Settings: conf.Settings, Pages: conf.Listen, CheckPolicy: recovery.CheckPolicy,
	})
}
