package workertest

import (
	"context"
	"slices"
	"time"

	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"github.com/prometheus/client_golang/prometheus"
)

// A Replica is one process' worth of a worker: a connection, keys and caches of its own.
type Replica struct {
	*worker.Running
	house *House
	name  string
	conn  *bus.Conn
	store *Store // its own way to the house's store, which a kill cuts
	over  bool
}

// Launch starts one more replica of a worker and does not wait until it hears.
func (h *House) Launch(name string) *Replica {
	h.t.Helper()
	return h.launch(name, Machine{})
}

func (h *House) launch(name string, m Machine) *Replica {
	h.t.Helper()
	r := &Replica{house: h, name: name, conn: h.Bus.Connect(h.t, name, m.Wire...), store: NewStore(h.Store)}
	rings, err := keyring.Open(h.t.Context(), h.Keys.config(name))
	if err != nil {
		h.t.Fatal(err)
	}
	keys, err := keyring.OpenKeySet(h.t.Context(), keyring.KeySetConfig{Rings: rings, Logger: h.log})
	if err != nil {
		h.t.Fatal(err)
	}
	metrics := prometheus.NewRegistry()
	c := worker.Config{
		Conn: r.conn, Store: r.store, Rings: rings, Keys: keys, Policies: h.policy, Platforms: h.platforms, Registry: h.registry,
		DeadLetterKey: h.dead.Public(), Logger: h.log.With("worker", name), Metrics: metrics, Tracer: h.tracer(name), Time: h.Clock.Now, Observe: h.observe,
	}
	if m.Clock != nil {
		c.Now, c.Time = m.Clock.Now, nil
	}
	if r.Running, err = worker.Start(h.t.Context(), h.workers[name], c); err != nil {
		h.t.Fatal(err)
	}
	h.mu.Lock()
	h.replicas = append(h.replicas, r)
	h.metrics = append(h.metrics, metrics)
	h.mu.Unlock()
	h.t.Cleanup(func() { _ = r.Drain() })
	return r
}

func (r *Replica) awaitReady() {
	r.house.t.Helper()
	select {
	case <-r.Ready():
	case <-r.Failed():
		r.house.t.Fatalf("%s ended by itself: %v", r.name, r.Drain())
	case <-time.After(Patience):
		r.house.t.Fatalf("%s does not hear", r.name)
	}
}

// Drain ends it in good order; again it does nothing.
func (r *Replica) Drain() error {
	if !r.leave() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	return r.Running.Drain(ctx)
}

func (r *Replica) leave() bool {
	h := r.house
	h.mu.Lock()
	defer h.mu.Unlock()
	if r.over {
		return false
	}
	r.over = true
	h.replicas = slices.DeleteFunc(h.replicas, func(o *Replica) bool { return o == r })
	return true
}

// Kill ends it as kill -9 would: from now on nothing that it does reaches the bus or the store. It may be called from a fault.
func (r *Replica) Kill() {
	r.store.Break(Faults{Before: func(Call) error { return eventstore.ErrClosed }})
	r.conn.Close()
}
