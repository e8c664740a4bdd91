// Package worker runs a worker: a table of what it hears and answers, over a bus, a store and keys.
//
// Everything that the four workers have in common is here and below: they differ in their tables only.
package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/policy"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
)

// A Worker is one of enroll, verify, notifier and recovery.
type Worker struct {
	Name  string   // names its durables, its ce-source, its permissions
	Kinds []string // the kinds of stream that it alone appends to
	Hears []string // wire names of the types that its routes handle: durables and permissions follow from it
	// Deadline bounds one handling; default 10 s.
	Deadline time.Duration
	// Table makes its routes and endpoints; it is called once.
	Table func(k Kit) Table
}

// A Table says who handles what.
type Table struct {
	Routes    []decider.Route
	Endpoints []bus.Endpoint
}

// A Kit is what handlers stand on.
type Kit struct {
	Store    eventstore.Store
	Rings    *keyring.Rings
	Keys     *keyring.KeySet // nil in a worker that opens no sealed input
	Policies func(platform string) (policy.Policy, bool)
	Registry *events.Registry
	Outbox   *decider.Outbox
	Logger   *slog.Logger
}

// Config is what a worker runs on.
type Config struct {
	Conn          *bus.Conn
	Store         eventstore.Store
	Rings         *keyring.Rings
	Keys          *keyring.KeySet
	Policies      func(platform string) (policy.Policy, bool)
	Registry      *events.Registry
	DeadLetterKey []byte // the operator's public key
	Logger        *slog.Logger
	Metrics       prometheus.Registerer // nil: none
}

// A Running worker has been started and is to be drained.
type Running struct {
	router    *bus.Router
	responder *bus.Responder
	group     *errgroup.Group
	stop      context.CancelFunc // ends the relay, after the last handler
	running   <-chan struct{}
	failed    <-chan struct{}
}

// Fresh is how long what a person waits for (a login, an attempt, a resend) may wait on the bus: later, whoever typed it is
// gone.
const Fresh = time.Minute

// Start starts w. Its durables must be there.
func Start(ctx context.Context, w Worker, c Config) (*Running, error) {
	router, err := bus.New(bus.Config{
		Conn: c.Conn, Worker: w.Name, Registry: c.Registry, DeadLetterKey: c.DeadLetterKey,
		Deadline: w.Deadline, Logger: c.Logger, Metrics: c.Metrics,
	})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", w.Name, err)
	}
	outbox := decider.NewOutbox(decider.Config{
		Store: c.Store, Bus: router.Publisher(), Registry: c.Registry, Digester: c.Rings,
		Worker: w.Name, Kinds: w.Kinds, Logger: c.Logger,
	})
	table := w.Table(Kit{
		Store: c.Store, Rings: c.Rings, Keys: c.Keys, Policies: c.Policies,
		Registry: c.Registry, Outbox: outbox, Logger: c.Logger,
	})
	r := &Running{router: router}
	if r.responder, err = c.respond(w, table); err != nil {
		return nil, fmt.Errorf("start %s: %w", w.Name, err)
	}
	r.run(ctx, outbox, c.subscriptions(outbox, table))
	return r, nil
}

// respond is nil for a worker that is asked nothing: it has no right to be.
func (c Config) respond(w Worker, t Table) (*bus.Responder, error) {
	if len(t.Endpoints) == 0 {
		return nil, nil
	}
	return bus.Respond(bus.ResponderConfig{
		Conn: c.Conn, Worker: w.Name, Endpoints: t.Endpoints, Logger: c.Logger, Metrics: c.Metrics,
	})
}

func (c Config) subscriptions(outbox *decider.Outbox, t Table) []bus.Subscription {
	intake := decider.Intake{
		Registry: c.Registry, Digester: c.Rings, Outbox: outbox, Now: time.Now,
		Platforms: func(name string) (decider.Rules, bool) {
			p, ok := c.Policies(name)
			return decider.Rules{PersonalIDs: p.UserIDs == policy.AnyUserIDs}, ok
		},
	}
	return intake.Subscriptions(t.Routes)
}

// run keeps the relay going until the last handler has returned: what handlers publish is marked.
func (r *Running) run(ctx context.Context, outbox *decider.Outbox, subs []bus.Subscription) {
	relay, stop := context.WithCancel(context.WithoutCancel(ctx))
	group, failed := errgroup.WithContext(context.WithoutCancel(ctx))
	sweeper := decider.Sweeper{Outbox: outbox, Now: time.Now}
	group.Go(func() error { return outbox.Run(relay) })
	group.Go(func() error { return sweeper.Run(relay) })
	group.Go(func() error { return r.router.Run(relay, subs) })
	r.group, r.stop, r.running, r.failed = group, stop, r.router.Running(), failed.Done()
}

// Ready is closed when every subscription stands.
func (r *Running) Ready() <-chan struct{} { return r.running }

// Failed is closed when a part has ended by itself; Drain says why.
func (r *Running) Failed() <-chan struct{} { return r.failed }

// CheckClock is a readiness check: an error while this machine's clock is 5 s or more off the bus's.
func (r *Running) CheckClock(ctx context.Context) error { return r.router.CheckClock(ctx) }

// Drain pulls no more, finishes what is held, writes the last marks and returns the first error of all that time.
func (r *Running) Drain(ctx context.Context) error {
	var err error
	if r.responder != nil {
		err = r.responder.Drain(ctx)
	}
	if drained := r.router.Drain(ctx); err == nil {
		err = drained
	}
	r.stop()
	if ended := r.group.Wait(); ended != nil {
		err = ended
	}
	return err
}
