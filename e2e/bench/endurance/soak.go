package main

import (
	"context"
	"errors"
	"flag"

	"countersign/e2e/bench/report"
	"countersign/e2e/bench/soak"
)

func soakOf(flags *flag.FlagSet) measure {
	c := soak.Full()
	c.MongoDB, c.Progress = mongodb(), tell
	flags.DurationVar(&c.For, "for", c.For, "how long on each store")
	flags.DurationVar(&c.Every, "every", c.Every, "how often the worker is asked what it holds")
	flags.Float64Var(&c.Share, "share", c.Share, "of the logins that this machine takes at most")
	flags.IntVar(&c.Users, "users", c.Users, "that log in, each once")
	flags.StringVar(&c.Profiles, "profiles", "", "write profiles of the worker, as it is at the end, to this folder")
	return func(ctx context.Context, short bool) (printed, error) {
		before := report.LoadAverage()
		if short {
			c.Shorten()
		}
		runs, err := soak.All(ctx, c)
		if err != nil {
			return nil, err
		}
		if short { // caches still fill
			return soak.New(runs, before), nil
		}
		for _, r := range runs {
			err = errors.Join(err, r.Level())
		}
		return soak.New(runs, before), err
	}
}
