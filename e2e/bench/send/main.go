// Command send measures the notifier: how long a code takes from notification.requested to the provider that takes it, at 500 a second.
//
//	send                      over every store, in about a minute
//	send -short               the same in seconds: whether it works, not how fast
//	send -json FILE           writes the figures as well
//	send -profiles FOLDER     profiles the notifier: the figures are worse for it
//
// COUNTERSIGN_TEST_MONGODB_URI names a MongoDB-compatible server; without one only SQLite is measured. Nothing leaves this machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"countersign/e2e/bench/report"
	"countersign/e2e/bench/sending"
	"countersign/pkg/worker/runtime"
	"countersign/services/notifier"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "send:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	runtime.Collect(notifier.CollectAt) // as its program does
	if sending.IsWorker() {
		return sending.Work(ctx)
	}
	c := sending.Full()
	c.MongoDB = os.Getenv("COUNTERSIGN_TEST_MONGODB_URI")
	path := flag.String("json", "", "write the figures to this file")
	short := flag.Bool("short", false, "a few codes")
	flag.Float64Var(&c.Rate, "rate", c.Rate, "codes a second")
	flag.DurationVar(&c.For, "for", c.For, "how long")
	flag.DurationVar(&c.Own, "own", c.Own, "what a provider takes for itself, on average")
	flag.StringVar(&c.Profiles, "profiles", "", "write profiles of the notifier below this folder")
	flag.Parse()
	if *short {
		c.Shorten()
	}
	all, err := sending.Run(ctx, c)
	if err != nil {
		return err
	}
	if err := report.Write(*path, all); err != nil {
		return err
	}
	return sending.Print(os.Stdout, all)
}
