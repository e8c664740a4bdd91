package main

import (
	"context"
	"flag"

	"countersign/e2e/bench/backlog"
	"countersign/e2e/bench/report"
)

func backlogOf(flags *flag.FlagSet) measure {
	c := backlog.Full()
	c.MongoDB, c.Progress = mongodb(), tell
	flags.IntVar(&c.Waiting, "waiting", c.Waiting, "messages of the backlog")
	flags.IntVar(&c.Few, "few", c.Few, "messages of the backlog that it is compared with")
	flags.IntVar(&c.Rounds, "rounds", c.Rounds, "how often the few are measured")
	flags.IntVar(&c.Users, "users", c.Users, "whose messages they are, in turn")
	return func(ctx context.Context, short bool) (printed, error) {
		before := report.LoadAverage()
		if short {
			c.Shorten()
		}
		rows, err := backlog.Run(ctx, c)
		if err != nil {
			return nil, err
		}
		return backlog.New(rows, before), nil
	}
}
