// Command bench measures verify beside what a good engineer would build in a day and beside the limit of bus and store, in one run:
//
//	bench                      every row on every store, round after round, in about five minutes on two cores
//	bench -short               the same in seconds: whether it works, not how fast
//	bench -json FILE           writes the figures as well
//	bench -profiles FOLDER     profiles every worker: the figures are worse for it
//
// COUNTERSIGN_TEST_MONGODB_URI names a MongoDB-compatible server; without one only SQLite is measured. Nothing leaves this machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"countersign/e2e/bench/course"
	"countersign/e2e/bench/report"
	"countersign/pkg/worker/runtime"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	runtime.Collect(runtime.CollectAt) // as every program of ours
	if course.IsWorker() {
		return course.Work(ctx)
	}
	c := course.Full()
	c.MongoDB = os.Getenv("COUNTERSIGN_TEST_MONGODB_URI")
	c.Progress = func(store, row string, round int, f course.Figure) {
		fmt.Fprintf(os.Stderr, "round %d: %s over %s: %.0f attempts/s\n", round+1, row, store, f.PerSecond)
	}
	path := flag.String("json", "", "write the figures to this file")
	short := flag.Bool("short", false, "a few attempts of each row")
	flag.StringVar(&c.Profiles, "profiles", "", "write profiles of the workers below this folder")
	flag.IntVar(&c.Rounds, "rounds", c.Rounds, "how often each row is measured")
	flag.DurationVar(&c.Trickle, "trickle", c.Trickle, "how long attempts come one by one")
	flag.Func("attempts", "ROW=N: how many attempts of a row come at once; 0 leaves it out; may be given several times", c.SetAttempts)
	flag.Parse()
	if *short {
		c.Shorten()
	}
	return measure(ctx, c, *path)
}

func measure(ctx context.Context, c course.Config, path string) error {
	before, begun := report.LoadAverage(), time.Now()
	figures, err := course.Run(ctx, c)
	if err != nil {
		return err
	}
	r := report.New(c, figures, before)
	fmt.Printf("measured in %s\n", time.Since(begun).Round(time.Second))
	if err := report.Write(path, r); err != nil {
		return err
	}
	return r.Print(os.Stdout)
}
