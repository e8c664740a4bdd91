package decider_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"github.com/prometheus/client_golang/prometheus"
)

// measured is the value of a series of the outbox, of a histogram the number of its observations.
func (w *worker) measured(name, label string) float64 {
	w.t.Helper()
	all := prometheus.NewRegistry()
	all.MustRegister(w.outbox.Collectors()...)
	families, err := all.Gather()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			for _, l := range m.GetLabel() {
				if f.GetName() == name && l.GetValue() == label {
					return m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
				}
			}
		}
	}
	w.t.Fatalf("there is no %s of %s", name, label)
	return 0
}

func (w *worker) wantMeasured(want map[string]float64) {
	w.t.Helper()
	for name, n := range want {
		if got := w.measured(name, "guard"); got != n {
			w.t.Errorf("%s is %v, want %v", name, got, n)
		}
	}
}

// overtaken is a store where others are faster a few times.
type overtaken struct {
	eventstore.Store
	left int
}

func (o *overtaken) Append(ctx context.Context, c eventstore.Commit) error {
	if o.left > 0 {
		o.left--
		return eventstore.ErrConflict
	}
	return o.Store.Append(ctx, c)
}

func TestConflictsAndWhatWasSeenAreCounted(t *testing.T) {
	w := newWorker(t)
	w.wantMeasured(map[string]float64{"countersign_stream_conflicts_total": 0, "countersign_stream_lock_wait_seconds": 0, "countersign_stream_seen_total": 0})
	w.deliver(ask("e1", 7))
	w.handler.Store = &overtaken{Store: w.store, left: 2}
	w.deliver(ask("e2", 7))
	w.deliver(ask("e1", 7))
	w.wantMeasured(map[string]float64{
		"countersign_stream_commit_seconds": 5, "countersign_stream_conflicts_total": 2, "countersign_stream_lock_wait_seconds": 1,
		"countersign_stream_seen_total": 1,
	})
	if n := w.measured("countersign_outbox_publish_seconds", "verify"); n != 3 {
		t.Errorf("%v commits were published", n)
	}
}

func TestTheAgeOfTheOutboxIsSeenWhileTheBusIsAway(t *testing.T) {
	w := newWorker(t)
	w.bus.setDown(true)
	_ = w.receive(t.Context(), ask("e1", 7))
	w.assemble()
	s := decider.Sweeper{Outbox: w.outbox, Now: func() time.Time { return noon.Add(time.Minute) }}
	if err := s.Sweep(t.Context()); !errors.Is(err, errBusDown) {
		t.Fatalf("swept with %v", err)
	}
	w.wantMeasured(map[string]float64{"countersign_outbox_oldest_seconds": 60, "countersign_outbox_pending": 1})
	w.bus.setDown(false)
	w.sweep(noon.Add(time.Minute))
	w.settle()
	w.sweep(noon.Add(time.Minute))
	w.wantMeasured(map[string]float64{"countersign_outbox_oldest_seconds": 0, "countersign_outbox_pending": 0})
	for what, n := range map[string]float64{"commit": 1, "lost": 0, "timer": 0} {
		if got := w.measured("countersign_outbox_swept_total", what); got != n {
			t.Errorf("%v of %s were swept, want %v", got, what, n)
		}
	}
}

func TestWhatIsRefusedIsCountedByReason(t *testing.T) {
	const name = "countersign_requests_rejected_total"
	w := newWorker(t)
	if n := w.measured(name, string(events.WrongState)); n != 0 {
		t.Errorf("%v are refused before any came", n)
	}
	w.deliver(ask("e1", 7))
	w.deliver(ask("e2", 101))
	if n := w.measured(name, (&asked{}).EventType()); n != 1 {
		t.Errorf("%v are refused by a commit", n)
	}
	late := newWorker(t)
	late.now = noon.Add(61 * time.Second)
	late.deliver(ask("e1", 7))
	if n := late.measured(name, (&asked{}).EventType()); n != 1 {
		t.Errorf("%v are refused without a commit", n)
	}
}
