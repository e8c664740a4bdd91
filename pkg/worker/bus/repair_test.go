package bus_test

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/bus"
)

// A release that renames a fact must not let it slip out of the list.
func TestWhatOpensSessionsIsKnown(t *testing.T) {
	for _, name := range []string{guard.AttemptAcceptedType, guard.ChallengeWaivedType, enrollment.ActivatedType} {
		c, err := bus.Consumers(catalog.New(), worker, []string{name}, bus.Scale{})
		if err != nil || c[0].Replayable() {
			t.Errorf("%s may be said twice (%v)", name, err)
		}
	}
}

func dies(context.Context, *bus.Delivery) error { return bus.Discard("malformed", nil) }

func TestADeadLetterSaysWhomItIsAboutAndHowOftenItWasReplayed(t *testing.T) {
	f := start(t)
	f.router(t, bus.Subscription{Name: loginStarted, Handle: dies}, bus.Subscription{Name: activated, Handle: dies})
	said := nats.Header{"ce-id": {"1"}, "ce-causationid": {"c-1"}, "ce-sequence": {"7"}, "dead-replays": {"2"}}
	key := events.UserKey("acme", "ann-1")

	f.send(t, events.InSubject("acme", "login", "started"), said, body("ann-1"))
	m := f.dead(t).Headers()
	if m.Get(bus.HeaderDeadUserKey) != key || m.Get(bus.HeaderDeadReplays) != "2" || m.Get("ce-causationid") != "" {
		t.Errorf("of what a platform sent: %v", m)
	}
	f.send(t, events.OutSubject("acme", "enrollment", "activated", key), said, nil)
	m = f.dead(t).Headers()
	if m.Get(bus.HeaderDeadUserKey) != key || m.Get("ce-causationid") != "c-1" || m.Get("ce-sequence") != "7" {
		t.Errorf("of what a worker said: %v", m)
	}
	f.send(t, events.InSubject("acme", "login", "started"), nats.Header{"dead-replays": {"many"}, "dead-userkey": {"mine"}}, []byte("no user"))
	m = f.dead(t).Headers()
	if m.Get(bus.HeaderDeadUserKey) != "" || m.Get(bus.HeaderDeadReplays) != "" {
		t.Errorf("what a platform says of replays and keys is believed: %v", m)
	}
}

// The server takes no denial back: a stream of an earlier release stays, and what is put right beside it does not fail for that.
func TestAStreamOfDeadLettersThatDeniesDeletionIsLeftSo(t *testing.T) {
	f := start(t)
	s, err := f.js.Stream(t.Context(), bus.StreamDead)
	if err != nil {
		t.Fatal(err)
	}
	old := s.CachedInfo().Config
	old.DenyDelete, old.MaxMsgs = true, 5
	if err := f.js.DeleteStream(t.Context(), bus.StreamDead); err != nil {
		t.Fatal(err)
	}
	if _, err := f.js.CreateStream(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	report, err := bus.Ensure(t.Context(), f.js, bus.StreamOptions{Registry: f.registry}, nil)
	if err != nil || len(report.Changed) != 1 {
		t.Errorf("%+v, %v", report, err)
	}
	drifts, err := bus.Diff(t.Context(), f.js, bus.StreamOptions{Registry: f.registry}, nil)
	for _, d := range drifts {
		if !d.Strange {
			t.Errorf("it still differs: %s (%v)", d, err)
		}
	}
	if _, err := f.js.Stream(t.Context(), bus.StreamDead); err != nil {
		t.Error(err)
	}
}
