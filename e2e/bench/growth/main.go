// Command growth measures how verify does as there are more users, and as their histories grow:
//
//	growth                      1,000, 100,000 and 1,000,000 enrolled users, then histories of 10 and 10,000 commits; over a
//	                            server, which is filled more slowly, 1,000 and 50,000 users and 10 and 1,000 commits
//	growth -short               the same in seconds: whether it works, not how fast
//	growth -json FILE           writes the figures as well
//	growth -stores FOLDER       keeps the seeded files of SQLite there, some 7 GB, and takes those that are there
//	growth -only users          only that table; the other one is commits
//	growth -rounds N            measures each row N times
//	growth -profiles FOLDER     profiles every worker: the figures are worse for it
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
	"countersign/e2e/bench/growing"
	"countersign/e2e/bench/report"
	"countersign/pkg/worker/runtime"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "growth:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	runtime.Collect(runtime.CollectAt) // as every program of ours
	if course.IsWorker() {
		return course.Work(ctx)
	}
	c := growing.Full()
	c.MongoDB = os.Getenv("COUNTERSIGN_TEST_MONGODB_URI")
	c.Progress = func(format string, args ...any) { fmt.Fprintf(os.Stderr, format, args...) }
	path := flag.String("json", "", "write the figures to this file")
	short := flag.Bool("short", false, "few users and attempts")
	only := flag.String("only", "", "measure this table alone: users or commits")
	rounds := flag.Int("rounds", 0, "how often each row is measured; 0: as often as it takes")
	flag.StringVar(&c.Stores, "stores", "", "keep seeded files in this folder")
	flag.StringVar(&c.Dir, "dir", c.Dir, "folder for files that are removed")
	flag.StringVar(&c.Profiles, "profiles", "", "write profiles of the workers below this folder")
	flag.Parse()
	if *short {
		c.Shorten()
	}
	c.Only(*only, *rounds)
	return measure(ctx, c, *path)
}

func measure(ctx context.Context, c growing.Config, path string) error {
	before, begun := report.LoadAverage(), time.Now()
	stores, err := growing.Run(ctx, c)
	if err != nil {
		return err
	}
	r := growing.Report{Taken: report.Now(before), Stores: stores}
	fmt.Printf("measured in %s\n", time.Since(begun).Round(time.Second))
	if err := report.Write(path, r); err != nil {
		return err
	}
	return r.Print(os.Stdout)
}
