package decider_test

import (
	"context"
	"testing"
	"time"

	"countersign/pkg/worker/decider"
)

func (w *worker) sweep(at time.Time) {
	w.t.Helper()
	s := decider.Sweeper{Outbox: w.outbox, Now: func() time.Time { return at }}
	if err := s.Sweep(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// settle writes the marks that have gathered.
func (w *worker) settle() {
	w.t.Helper()
	ended, cancel := context.WithCancel(w.t.Context())
	cancel()
	if err := w.outbox.Run(ended); err != nil {
		w.t.Fatal(err)
	}
}

func TestTheSweeperPublishesWhatACrashLeft(t *testing.T) {
	w := newWorker(t)
	w.bus.setDown(true)
	_ = w.receive(t.Context(), ask("e1", 7))
	w.bus.setDown(false)
	w.assemble()
	w.sweep(noon.Add(time.Second))
	if len(w.heard()) != 0 {
		t.Error("published what a living worker may still have in hand")
	}
	w.sweep(noon.Add(time.Minute))
	if len(w.heard()) != 1 || len(w.bus.scheduled) != 1 {
		t.Errorf("heard %d messages and %d timers, want 1 of each", len(w.heard()), len(w.bus.scheduled))
	}
}

func TestTheSweeperPublishesAgainWhatTheBusHasLost(t *testing.T) {
	w := newWorker(t)
	w.deliver(ask("e1", 7))
	w.settle()
	w.bus.restore()
	w.sweep(noon.Add(time.Minute))
	if len(w.heard()) != 1 {
		t.Errorf("heard %d messages after the bus lost one, want 1", len(w.heard()))
	}
}

// A store writes them at once; after a loss some are published that the bus still has, never fewer than it has lost.
func TestWhatIsMarkedTogetherHasTheHighestNumberOfAll(t *testing.T) {
	w := newWorker(t)
	w.deliver(ask("e1", 7))
	w.deliver(ask("e2", 8))
	w.settle()
	for last, want := range []int{2, 2, 0} {
		lost, err := w.store.PublishedAbove(t.Context(), "guard", uint64(last), 10)
		if err != nil || len(lost) != want {
			t.Errorf("%d commits (%v) are lost by a bus that ends at %d, want %d", len(lost), err, last, want)
		}
	}
}

func TestTheSweeperFiresATimerThatTheBusHasLost(t *testing.T) {
	w := newWorker(t)
	w.deliver(ask("e1", 7))
	w.settle()
	w.sweep(noon.Add(50 * time.Second))
	if n := len(w.heard()); n != 1 {
		t.Fatalf("heard %d messages before the timer is due, want 1", n)
	}
	w.sweep(noon.Add(70 * time.Second))
	if heard := w.heard(); len(heard) != 2 || heard[1].Type != dueType || heard[1].Sequence != 1 {
		t.Errorf("heard %+v, want the timer with the version that set it", heard)
	}
}
