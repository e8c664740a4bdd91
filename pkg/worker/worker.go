// Package worker runs a worker: a table of what it hears and answers, over a bus, a store and keys.
//
// Everything that the four workers have in common is here and below: they differ in their tables only.
package worker

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/trace"
	"github.com/prometheus/client_golang/prometheus"
)

// A Worker is one of enroll, verify, notifier and recovery.
type Worker struct {
	Name  string   // names its durables, its ce-source, its permissions
	Kinds []string // the kinds of stream that it alone appends to
	Hears []string // wire names of the types that its routes handle: durables and permissions follow from it
	// Deadline bounds one handling; default 10 s.
	Deadline time.Duration
	// AnyOrder lets one user's messages overtake each other: where one can wait long for others, and no decision rests on the order.
	AnyOrder bool
	// Lanes are the most messages that it handles at once; default 128.
	Lanes int
	// Table makes its routes and endpoints; it is called once.
	Table func(k Kit) Table
}

// A Table says who handles what.
type Table struct {
	Routes    []decider.Route
	Endpoints []bus.Endpoint
	Pages     http.Handler // for people, to be served under the worker's own address; nil for none
	Metrics   []prometheus.Collector
	// Beside runs until its context ends, which is after the last handler: what the worker serves that is neither the bus nor pages. Its error
	// ends the worker; nil: nothing.
	Beside func(context.Context) error
	Checks map[string]func(context.Context) error // of readiness, by name: an error while it cannot do its work
}

// A Kit is what handlers stand on.
type Kit struct {
	Store    eventstore.Store
	Rings    *keyring.Rings
	Keys     *keyring.KeySet // nil in a worker that opens no sealed input
	Policies func(platform string) (policy.Policy, bool)
	// Platforms are those that have a policy now.
	Platforms func() []string
	Registry  *events.Registry
	Outbox    *decider.Outbox
	Logger    *slog.Logger
	// Ask puts a question to another worker: see bus.Conn.Ask. The contract's row must name this worker.
	Ask func(ctx context.Context, platform, entity, verb string, request, answer any) error
	// Now is for questions and for what is to leave by a time: this machine's clock, or the bus's where that is wrong. What decides about a message
	// is when the bus stored it.
	Now     func() time.Time
	Observe decider.Observer // nil: see Config
}

// PolicyHash names the platform's policy as it is now.
func (k Kit) PolicyHash(platform string) string {
	p, _ := k.Policies(platform)
	return p.Hash
}

// Config is what a worker runs on.
type Config struct {
	Conn          *bus.Conn
	Store         eventstore.Store
	Rings         *keyring.Rings
	Keys          *keyring.KeySet
	Policies      func(platform string) (policy.Policy, bool)
	Platforms     func() []string // nil: nobody asks for them
	Registry      *events.Registry
	DeadLetterKey []byte // the operator's public key
	Logger        *slog.Logger
	Metrics       prometheus.Registerer // nil: none
	Tracer        *trace.Tracer         // nil: nothing is traced
	Now           func() time.Time      // this machine's clock; nil: time.Now
	Time          func() time.Time      // for tests in which time passes while the bus's clock stands: taken as it is; nil: Now, and what the bus says of it
	Observe       decider.Observer      // for tests that take every decision again; nil: none
}

// Fresh is how long what a person waits for (a login, an attempt, a resend) may wait on the bus: later, whoever typed it is
// gone.
const Fresh = time.Minute

// Start starts w. Its durables must be there.
func Start(ctx context.Context, w Worker, c Config) (*Running, error) {
	router, err := bus.New(bus.Config{
		Conn: c.Conn, Worker: w.Name, Registry: c.Registry, DeadLetterKey: c.DeadLetterKey,
		Deadline: w.Deadline, AnyOrder: w.AnyOrder, Lanes: w.Lanes, Logger: c.Logger, Now: c.Now, Metrics: c.Metrics, Tracer: c.Tracer,
	})
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", w.Name, err)
	}
	if c.Time == nil {
		c.Time = router.Now
	}
	outbox := decider.NewOutbox(decider.Config{
		Store: c.Store, Bus: router.Publisher(), Registry: c.Registry, Digester: c.Rings,
		Worker: w.Name, Kinds: w.Kinds, Logger: c.Logger,
	})
	table := w.Table(Kit{
		Store: c.Store, Rings: c.Rings, Keys: c.Keys, Policies: c.Policies, Platforms: c.Platforms,
		Registry: c.Registry, Outbox: outbox, Logger: c.Logger, Ask: c.Conn.Ask, Now: c.Time, Observe: c.Observe,
	})
	if err := c.register(append(outbox.Collectors(), table.Metrics...)); err != nil {
		return nil, fmt.Errorf("start %s: %w", w.Name, err)
	}
	r := &Running{router: router, checks: table.Checks}
	if r.pages, err = c.pages(w.Name, table.Pages); err != nil {
		return nil, fmt.Errorf("start %s: %w", w.Name, err)
	}
	if _, err := bus.OnErasure(c.Conn, c.Rings.Drop); err != nil {
		return nil, fmt.Errorf("start %s: %w", w.Name, err)
	}
	if r.responder, err = c.respond(w, table); err != nil {
		return nil, fmt.Errorf("start %s: %w", w.Name, err)
	}
	r.run(ctx, c, outbox, table)
	return r, nil
}

func (c Config) register(metrics []prometheus.Collector) error {
	if c.Metrics == nil {
		return nil
	}
	for _, m := range metrics {
		if err := c.Metrics.Register(m); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	return nil
}

// pages counts and traces what is shown; nil where nothing is.
func (c Config) pages(worker string, h http.Handler) (http.Handler, error) {
	if h == nil {
		return nil, nil
	}
	counted := newPages(worker, h)
	return c.Tracer.Pages(counted), c.register(counted.collectors())
}

// respond is nil for a worker that is asked nothing: it has no right to be.
func (c Config) respond(w Worker, t Table) (*bus.Responder, error) {
	if len(t.Endpoints) == 0 {
		return nil, nil
	}
	return bus.Respond(bus.ResponderConfig{
		Conn: c.Conn, Worker: w.Name, Endpoints: t.Endpoints, RPCs: catalog.RPCs(), Logger: c.Logger, Metrics: c.Metrics, Tracer: c.Tracer,
	})
}

func (c Config) subscriptions(outbox *decider.Outbox, t Table) []bus.Subscription {
	intake := decider.Intake{
		Registry: c.Registry, Digester: c.Rings, Outbox: outbox, Now: c.Time,
		Platforms: func(name string) (decider.Rules, bool) {
			p, ok := c.Policies(name)
			return decider.Rules{PersonalIDs: p.UserIDs == policy.AnyUserIDs}, ok
		},
	}
	return intake.Subscriptions(t.Routes)
}
