package decider_test

import (
	"context"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"github.com/nats-io/nats.go"
)

func TestATimerThatComesEarlyIsSetAnew(t *testing.T) {
	w := newWorker(t)
	due := noon.Add(time.Minute)
	in := decider.Intake{
		Registry: registry(), Digester: plainDigest{}, Outbox: w.outbox, Now: time.Now,
		Platforms: func(string) (decider.Rules, bool) { return decider.Rules{}, true },
	}
	route := decider.Route{Type: dueType, Handle: func(ctx context.Context, r decider.Request) error {
		return w.handler.Handle(ctx, r, r.Stream("guard"), func(context.Context, eventstore.Loaded[tally], time.Time) (decider.Decision, error) {
			return decider.Decision{}, decider.Early(due)
		})
	}}
	err := in.Subscriptions([]decider.Route{route})[0].Handle(t.Context(), &bus.Delivery{
		Subject: events.TimerSubject("acme", "verify", "due"), Stored: noon, Sequence: 1, Deliveries: 1, Body: []byte(`{"user":"u1"}`),
		Header: nats.Header{"ce-specversion": {"1.0"}, "ce-id": {"t1"}, "ce-source": {"/countersign/verify"}, "ce-type": {dueType}, "ce-sequence": {"1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	set, ok := w.bus.scheduled["t1"]
	if !ok || !set.At.Equal(due) || set.Worker != "verify" || set.Fact != "due" {
		t.Fatalf("set anew as %+v", set)
	}
	if e, err := events.Decode(events.Header(set.Header), set.Body); err != nil || e.ID != "t1" || e.Sequence != 1 || e.Type != dueType {
		t.Errorf("set anew with %+v, %v", e, err)
	}
	if w.versions() != 0 {
		t.Error("it had an effect")
	}
}
