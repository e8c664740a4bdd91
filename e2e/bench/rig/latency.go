package rig

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/e2e/bench/crowd"
	"countersign/pkg/events"
)

// A Timing says how long results took, from publish to result.
type Timing struct {
	Rate     float64 `json:"rate"` // attempts per second that were published
	P50, P99 time.Duration
}

// A stopwatch knows when each attempt was published.
type stopwatch struct {
	mu    sync.Mutex
	begun map[string]time.Time
	took  []time.Duration
	all   chan struct{} // closed when as many have ended as were to begin
	left  int
}

// Time publishes the attempts of users one by one at a rate, and hears every result as a platform does.
func (b *Bus) Time(ctx context.Context, users []crowd.User, rate float64) (Timing, error) {
	w := &stopwatch{begun: map[string]time.Time{}, all: make(chan struct{}), left: len(users)}
	ears, err := nats.Connect(b.URL())
	if err != nil {
		return Timing{}, fmt.Errorf("connect platform: %w", err)
	}
	defer ears.Close()
	if _, err := ears.Subscribe(events.OutSubject(crowd.Platform, "attempt", "*", "*"), w.heard); err != nil {
		return Timing{}, fmt.Errorf("listen: %w", err)
	}
	if err := ears.Flush(); err != nil {
		return Timing{}, fmt.Errorf("listen: %w", err)
	}
	if err := b.evenly(ctx, users, rate, w); err != nil {
		return Timing{}, err
	}
	select {
	case <-w.all:
	case <-time.After(patience):
		return Timing{}, fmt.Errorf("await results: %w", errStuck)
	}
	return w.timing(rate), nil
}

// evenly publishes at fixed times whatever the worker does: one that falls behind is seen to.
func (b *Bus) evenly(ctx context.Context, users []crowd.User, rate float64, w *stopwatch) error {
	start := time.Now()
	for i, u := range users {
		at := start.Add(time.Duration(float64(i) / rate * float64(time.Second)))
		if wait := time.Until(at); wait > 0 {
			<-time.After(wait)
		}
		m, err := u.Attempt(time.Now())
		if err != nil {
			return err
		}
		w.begin(u.AttemptID())
		if _, err := b.JS.PublishMsgAsync(m, jetstream.WithStallWait(patience)); err != nil {
			return fmt.Errorf("publish %s: %w", m.Subject, err)
		}
	}
	return ctx.Err()
}

func (w *stopwatch) begin(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.begun[id] = time.Now()
}

func (w *stopwatch) heard(m *nats.Msg) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	id := m.Header.Get("ce-causationid")
	begun, ok := w.begun[id]
	if !ok {
		return
	}
	delete(w.begun, id)
	w.took = append(w.took, now.Sub(begun))
	if w.left--; w.left == 0 {
		close(w.all)
	}
}

// timing leaves out the first tenth: connections and caches warm up.
func (w *stopwatch) timing(rate float64) Timing {
	w.mu.Lock()
	defer w.mu.Unlock()
	took := slices.Sorted(slices.Values(w.took[len(w.took)/10:]))
	return Timing{Rate: rate, P50: took[len(took)/2], P99: took[len(took)*99/100]}
}
