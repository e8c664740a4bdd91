package workertest

import (
	"context"
	"slices"
	"time"

	"countersign/pkg/worker/bus"
)

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

// Until returns when what holds: for what nobody tells.
func (h *House) Until(what string, holds func() bool) {
	h.t.Helper()
	h.until(what, func(context.Context) bool { return holds() })
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

// CameBack returns when a message of the type, which its worker could not handle, has come back to it.
func (h *House) CameBack(name string) {
	h.t.Helper()
	row, _ := h.registry.Lookup(name)
	h.CameBackTo(row.Worker, name)
}

// CameBackTo is CameBack for a worker that hears what another one says.
func (h *House) CameBackTo(worker, name string) {
	h.t.Helper()
	of, err := bus.Consumers(h.registry, worker, []string{name}, bus.Scale{})
	if err != nil {
		h.t.Fatal(err)
	}
	h.until(name+" has come back", func(ctx context.Context) bool {
		found, err := h.admin().Consumer(ctx, of[0].Stream, of[0].Durable)
		return err == nil && found.CachedInfo().NumRedelivered > 0
	})
}
