// Package runtime is what every worker's process does alike: reading its environment, logging, telling how it is, and
// ending in order.
//
//	func main() { runtime.Main(run) }
//
//	func run(ctx context.Context, p runtime.Process) error {
//		conf, err := runtime.Settings[config](p, about) // every missing or wrong setting in one error
//		admin, err := runtime.StartAdmin(runtime.AdminConfig{…})
//		…
//		return runtime.Serve(ctx, runtime.Service{Admin: admin, Parts: …})
//	}
//
// The first SIGTERM or SIGINT ends the context, and Serve drains; the second ends the process at once, which loses nothing that
// was acknowledged.
package runtime

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// A Process is what a program is given from outside.
type Process struct {
	Name           string   // of the program
	Args           []string // without the program's name
	Environ        []string // as os.Environ gives it
	Stdout, Stderr io.Writer
}

// Main runs a program and exits: with 0 when run returns nil, ErrHelp, or nothing but that its context ended; else with 1 and the
// error on standard error.
func Main(run func(context.Context, Process) error) {
	Collect(CollectAt)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	p := Process{
		Name: filepath.Base(os.Args[0]), Args: os.Args[1:], Environ: os.Environ(), Stdout: os.Stdout, Stderr: os.Stderr,
	}
	os.Exit(supervise(run, p, signals))
}

func supervise(run func(context.Context, Process) error, p Process, signals <-chan os.Signal) int {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- run(ctx, p) }()
	select {
	case err := <-done:
		return p.exit(err)
	case <-signals:
		cancel()
	}
	select {
	case err := <-done:
		if errors.Is(err, context.Canceled) { // its way of saying that it was told to stop
			err = nil
		}
		return p.exit(err)
	case <-signals:
		return p.exit(errors.New("ended by a second signal, before everything was finished"))
	}
}

func (p Process) exit(err error) int {
	if err == nil || errors.Is(err, ErrHelp) {
		return 0
	}
	for line := range strings.Lines(err.Error()) {
		_, _ = fmt.Fprintf(p.Stderr, "%s: %s\n", p.Name, strings.TrimSpace(line))
	}
	return 1
}
