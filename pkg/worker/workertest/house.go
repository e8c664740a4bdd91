package workertest

import (
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/seal"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/bustest"
	"countersign/pkg/worker/bus/embedded"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/trace"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// Patience is how long a test waits for what must happen.
const Patience = time.Minute

// Platform that there is where a Config names no policy.
const Acme = "acme"

// Config says what to run.
type Config struct {
	Workers  []worker.Worker
	Policies []policy.Policy // one for each platform; default Lenient(Acme)
	Place    Place           // of the store; default SQLite
	Folder   string          // of the store and the keys, for processes of their own: see Outside; default: the keys are in memory
	Asleep   bool            // no worker is started yet
	// Tracer is a worker's; nil: everything is traced, for SearchFor to look through.
	Tracer func(worker string) *trace.Tracer
}

// A House is the bus, the store, the keys and the workers of one test.
type House struct {
	Bus   *bustest.Server
	Store *Store
	Keys  *Keys
	Clock *Clock

	t        testing.TB
	registry *events.Registry
	workers  map[string]worker.Worker
	kept     eventstore.Store // Store without its faults
	operator *bus.Conn
	dead     seal.PrivateKey
	folder   string
	log      *slog.Logger
	lines    *lines
	tracer   func(worker string) *trace.Tracer
	spans    *tracetest.InMemoryExporter
	witness  *witness

	mu       sync.Mutex
	policies map[string]policy.Policy
	replicas []*Replica
	metrics  []prometheus.Gatherer // of every replica that there was
	written  []eventstore.Commit   // by the test, past every worker
	taken    []decider.Taken       // every decision of every replica
}

// Start runs one replica of each worker and returns when all hear. Everything ends with the test.
func Start(t testing.TB, c Config) *House {
	t.Helper()
	if c.Policies == nil {
		c.Policies = []policy.Policy{Lenient(Acme)}
	}
	if c.Place == nil {
		c.Place = c.place()
	}
	h := &House{
		t: t, registry: catalog.New(), workers: map[string]worker.Worker{}, policies: map[string]policy.Policy{}, Clock: &Clock{},
	}
	for _, w := range c.Workers {
		h.workers[w.Name] = w
	}
	for _, p := range c.Policies {
		h.SetPolicy(p)
	}
	h.logTo(t)
	h.traceTo(t, c.Tracer)
	h.folder = c.Folder
	h.Keys = newKeys(t, c.keys(t))
	h.kept = c.Place(t)
	h.Store = NewStore(h.kept)
	t.Cleanup(h.checkPolicies)
	t.Cleanup(h.checkStreams)
	t.Cleanup(h.checkCommits)
	h.openBus(c.Policies)
	if !c.Asleep {
		h.Wake()
	}
	return h
}

// openBus starts the server and makes, as the operator, what the workers and platforms listen to.
func (h *House) openBus(policies []policy.Policy) {
	h.t.Helper()
	var err error
	if h.dead, err = seal.NewPrivateKey(); err != nil {
		h.t.Fatal(err)
	}
	h.Bus = bustest.Start(h.t, embedded.Config{Users: h.users(policies)})
	h.operator = h.Bus.Connect(h.t, operator)
	h.ensure(policies)
	h.witness = h.watch()
}

// DeadLetterKey opens the dead letters.
func (h *House) DeadLetterKey() seal.PrivateKey { return h.dead }

// Wake starts a replica of each worker named, of every one where none is, and returns when they hear.
func (h *House) Wake(names ...string) []*Replica {
	h.t.Helper()
	if len(names) == 0 {
		for name := range h.workers {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var started []*Replica
	for _, name := range names {
		r := h.Launch(name)
		r.awaitReady()
		started = append(started, r)
	}
	return started
}

// Drain ends all replicas of the workers named, of every one where none is, in good order.
func (h *House) Drain(names ...string) {
	h.t.Helper()
	for _, r := range h.running(names) {
		if err := r.Drain(); err != nil {
			h.t.Fatalf("drain %s: %v", r.name, err)
		}
	}
}

// Restart drains and wakes: caches are empty afterwards.
func (h *House) Restart(names ...string) {
	h.t.Helper()
	h.Drain(names...)
	h.Wake(names...)
}

func (h *House) running(names []string) []*Replica {
	h.mu.Lock()
	defer h.mu.Unlock()
	var found []*Replica
	for _, r := range h.replicas {
		if len(names) == 0 || slices.Contains(names, r.name) {
			found = append(found, r)
		}
	}
	return found
}
