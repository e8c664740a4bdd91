package main

import (
	"context"
	"flag"

	"countersign/e2e/bench/report"
	"countersign/e2e/bench/start"
)

func startOf(flags *flag.FlagSet) measure {
	c := start.Full()
	c.MongoDB, c.Progress = mongodb(), tell
	flags.StringVar(&c.Root, "root", c.Root, "the checkout, whose programs are built")
	flags.IntVar(&c.Rounds, "rounds", c.Rounds, "how often each program is started")
	flags.DurationVar(&c.Idle, "idle", c.Idle, "how long the workers have nothing to do before their memory is read")
	return func(ctx context.Context, short bool) (printed, error) {
		before := report.LoadAverage()
		if short {
			c.Shorten()
		}
		figures, err := start.Run(ctx, c)
		if err != nil {
			return nil, err
		}
		return start.New(figures, before), nil
	}
}
