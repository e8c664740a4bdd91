// Command k8slive applies deploy/k8s to a real control plane of Kubernetes on this machine, whose nodes are simulated: it applies the production overlay,
// shows broken ones refused, rolls out, drains the node that holds a worker, and prints what it did and a table of it. It ends with everything
// stopped; its exit code is 0 when every step held. `make k8s-live` runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"countersign/tools/k8slive/internal/report"
)

const longest = 6 // times the patience that one step is given: all of them

func main() {
	// The servers die with the thread that starts them: it is to be the one that ends last.
	runtime.LockOSThread()
	programs := flag.String("programs", "", "the folder that ./programs prints")
	root := flag.String("root", "../..", "the repository")
	patience := flag.Duration("patience", 10*time.Minute, "how long one step may take")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *programs, *root, *patience); err != nil {
		first, _, _ := strings.Cut(err.Error(), "\n") // the report has said the rest
		fmt.Fprintf(os.Stderr, "\nk8s-live: %s\n", first)
		os.Exit(1)
	}
	fmt.Println("k8s-live: fine")
}

func run(ctx context.Context, programs, root string, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, longest*patience)
	defer cancel()
	programs, err := filepath.Abs(programs)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "countersign-k8s-live-")
	if err != nil {
		return err
	}
	l := &live{Report: report.New(os.Stdout, time.Now), programs: programs, root: root, dir: dir, patience: patience}
	err = l.all(ctx)
	if err != nil {
		l.seen(err)
	}
	stopped := l.stop()
	if stopped != nil {
		l.Say("%v", stopped)
	}
	l.Table()
	err = errors.Join(err, stopped)
	if err != nil {
		fmt.Printf("what every part printed is in %s\n", dir)
		return err
	}
	return os.RemoveAll(dir)
}
