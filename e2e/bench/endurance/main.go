// Command endurance measures what verify holds and how it lasts:
//
//	endurance backlog          starts it on a million messages that wait: the speed in each tenth, and the memory
//	endurance soak             has users log in for ten minutes at a constant rate: memory, goroutines and latency from the second minute to the last
//	endurance start            how large the programs are, what an idle worker holds, and how soon a started one accepts its first attempt
//
// Each takes -short, which shows in seconds whether it works, and -json FILE, which writes the figures as well; -h names the rest.
// COUNTERSIGN_TEST_MONGODB_URI names a MongoDB-compatible server; without one only SQLite is measured. Nothing leaves this machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"

	"countersign/e2e/bench/report"
	"countersign/e2e/bench/stand"
	"countersign/pkg/worker/runtime"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "endurance:", err)
		os.Exit(1)
	}
}

// measurements are the commands. Each adds its flags and returns what measures.
var measurements = map[string]func(*flag.FlagSet) measure{"backlog": backlogOf, "soak": soakOf, "start": startOf}

// A measure measures, in seconds if short.
type measure func(ctx context.Context, short bool) (printed, error)

type printed interface{ Print(io.Writer) error }

func run(ctx context.Context, args []string) error {
	runtime.Collect(runtime.CollectAt) // as every program of ours
	if stand.IsWorker() {
		return stand.Work(ctx)
	}
	if len(args) == 0 || measurements[args[0]] == nil {
		return errors.New("want backlog, soak or start")
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	path := flags.String("json", "", "write the figures to this file")
	short := flags.Bool("short", false, "little of everything")
	measured := measurements[args[0]](flags)
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	figures, err := measured(ctx, *short)
	if figures == nil {
		return err
	}
	return errors.Join(report.Write(*path, figures), figures.Print(os.Stdout), err)
}

func mongodb() string { return os.Getenv("COUNTERSIGN_TEST_MONGODB_URI") }

func tell(text string) { fmt.Fprintln(os.Stderr, text) }
