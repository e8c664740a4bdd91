// Package dev runs the whole product in one process, for development: a real nats-server, SQLite, the four workers under the permissions
// of production, a mail server and a stand-in of Twilio's API, an inbox that shows what they caught, and a demo platform that uses it all.
package dev

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"countersign/pkg/events/catalog"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/trace/otlp"
	"countersign/services/enroll"
	"countersign/services/notifier"
	"countersign/services/recovery"
	"countersign/services/verify"
)

// Config is what `countersign dev` is told.
type Config struct {
	NATS  string // address of the bus, 127.0.0.1:4222; port 0 picks a free one
	HTTP  string // address of the demo and the inbox, 127.0.0.1:8080; likewise
	Data  string // folder of everything that survives a restart
	Fresh bool   // empty the folder first
	Out   io.Writer
	Log   *slog.Logger

	Traces otlp.Settings // the zero value traces nothing
}

// drainTime is how long a stop waits for what is in hand.
const drainTime = 15 * time.Second

// Run runs until ctx ends or a part fails.
func Run(ctx context.Context, c Config) (err error) {
	var closers stack
	defer func() { err = errors.Join(err, closers.close()) }()

	folder, err := OpenFolder(c.Data, c.Fresh)
	if err != nil {
		return err
	}
	closers.add(func(context.Context) error { return folder.Close() })
	people, err := openPeople(folder, c.Log)
	if err != nil {
		return err
	}
	closers.add(people.Close)
	if people.config.Counters, err = notifier.CountersInFile(ctx, folder.Path("counters.db")); err != nil {
		return err
	}
	closers.add(func(context.Context) error { return people.config.Counters.Close() })
	door, err := openDoor(c.HTTP)
	if err != nil {
		return err
	}
	closers.add(door.close)
	platforms, err := openPolicy(folder, door.address(), c.Log)
	if err != nil {
		return err
	}
	workers, err := allWorkers(people.config)
	if err != nil {
		return err
	}
	house, err := startHouse(ctx, c, folder, platforms, workers, &closers)
	if err != nil {
		return err
	}
	demo, err := startDemo(c, house, &closers)
	if err != nil {
		return err
	}
	servePages(c, door, people, house, demo, &closers)
	greet(c.Out, house.server.ClientURL(), door.address(), folder)
	return house.wait(ctx)
}

func allWorkers(providers notifier.Config) ([]worker.Worker, error) {
	sends, err := notifier.Worker(providers)
	if err != nil {
		return nil, err
	}
	recovers, err := recovery.Worker(recovery.Config{Insecure: true})
	if err != nil {
		return nil, err
	}
	return []worker.Worker{enroll.Worker(), verify.Worker(), sends, recovers}, nil
}

var (
	registry = catalog.New()
	contract = bus.Contract{Registry: registry, RPCs: catalog.RPCs()}
)

// A stack closes in the reverse order of opening, each with the time that is left.
type stack struct{ closers []func(context.Context) error }

func (s *stack) add(f func(context.Context) error) { s.closers = append(s.closers, f) }

func (s *stack) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	var err error
	for i := len(s.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, s.closers[i](ctx))
	}
	if err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}
