package workertest

import (
	"context"
	"slices"
	"time"

	"countersign/pkg/events/catalog"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/embedded"
	"countersign/pkg/worker/policy"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	operator = "operator"
	eye      = "_witness" // may do everything: it is the test's own
	password = "p"
)

// users are production's: each worker and platform has its rights and no more.
func (h *House) users(policies []policy.Policy) []embedded.User {
	k := bus.Contract{Registry: h.registry, RPCs: catalog.RPCs()}
	all := []embedded.User{{Name: eye, Password: password}}
	add := func(name string, may bus.Permissions, err error) {
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, embedded.User{Name: name, Password: password, Permissions: &may})
	}
	add(operator, bus.OperatorPermissions(), nil)
	for _, w := range h.workers {
		may, err := bus.WorkerPermissions(k, w.Name, w.Hears)
		add(w.Name, may, err)
	}
	for _, p := range policies {
		may, err := bus.PlatformPermissions(k, p.Platform, k.Roles()...)
		add(p.Platform, may, err)
	}
	return all
}

func (h *House) ensure(policies []policy.Policy) {
	h.t.Helper()
	var all []bus.Consumer
	for _, p := range policies {
		all = append(all, bus.PlatformConsumer(p.Platform))
	}
	all = append(all, h.durables()...)
	if _, err := bus.Ensure(h.t.Context(), h.admin(), bus.StreamOptions{Registry: h.registry}, all); err != nil {
		h.t.Fatal(err)
	}
}

// durables are those of the workers.
func (h *House) durables() []bus.Consumer {
	var all []bus.Consumer
	for _, w := range h.workers {
		of, err := bus.Consumers(h.registry, w.Name, w.Hears, bus.Scale{})
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, of...)
	}
	return all
}

func (h *House) admin() jetstream.JetStream {
	js, err := jetstream.New(h.operator.Conn)
	if err != nil {
		h.t.Fatal(err)
	}
	return js
}

// GiveUpAfter makes the bus deliver anew what a killed replica held, sooner than after production's 30 s.
func (h *House) GiveUpAfter(d time.Duration) {
	h.t.Helper()
	for _, c := range h.durables() {
		found, err := h.admin().Consumer(h.t.Context(), c.Stream, c.Durable)
		if err != nil {
			h.t.Fatal(err)
		}
		conf := found.CachedInfo().Config
		conf.AckWait = d
		if _, err := h.admin().UpdateConsumer(h.t.Context(), c.Stream, conf); err != nil {
			h.t.Fatal(err)
		}
	}
}

// Quiet returns when the workers have handled everything that is on the bus, and the witness has seen what they said.
func (h *House) Quiet() {
	h.t.Helper()
	durables := h.durables()
	h.until("the workers have handled everything", func(ctx context.Context) bool {
		return !slices.ContainsFunc(durables, func(c bus.Consumer) bool { return h.busy(ctx, c) })
	})
	h.until("the witness has seen everything", func(ctx context.Context) bool {
		s, err := h.admin().Stream(ctx, bus.StreamOut)
		return err == nil && h.witness.upTo(s.CachedInfo().State.LastSeq)
	})
}

func (h *House) busy(ctx context.Context, c bus.Consumer) bool {
	found, err := h.admin().Consumer(ctx, c.Stream, c.Durable)
	if err != nil {
		return true // the bus is away
	}
	info := found.CachedInfo()
	return info.NumPending > 0 || info.NumAckPending > 0
}

// until asks again and again: for what the bus knows and does not tell.
func (h *House) until(what string, holds func(context.Context) bool) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), Patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds(ctx) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			h.t.Fatalf("it does not happen that %s", what)
		}
	}
}

// NoneAsks returns when no worker asks the bus for messages any more.
func (h *House) NoneAsks() {
	h.t.Helper()
	h.until("nobody asks the bus for messages", func(ctx context.Context) bool {
		for _, c := range h.durables() {
			found, err := h.admin().Consumer(ctx, c.Stream, c.Durable)
			if err != nil || found.CachedInfo().NumWaiting > 0 {
				return false
			}
		}
		return true
	})
}

// Forget removes the workers' durables, as if nobody had applied the streams.
func (h *House) Forget() {
	h.t.Helper()
	for _, c := range h.durables() {
		if err := h.admin().DeleteConsumer(h.t.Context(), c.Stream, c.Durable); err != nil {
			h.t.Fatal(err)
		}
	}
}
