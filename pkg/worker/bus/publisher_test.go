package bus_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
)

func fact(user, id string) bus.Outgoing {
	return bus.Outgoing{
		Subject: events.OutSubject("acme", "attempt", "accepted", events.UserKey("acme", user)), MsgID: id,
		Header: nats.Header{"ce-id": {id}}, Body: body(user),
	}
}

func TestPublishReturnsTheSequencesInOrder(t *testing.T) {
	f := start(t)
	p := publisher(t, f.conn)
	var out []bus.Outgoing
	for i := range 300 {
		out = append(out, fact(fmt.Sprint("u", i), fmt.Sprint("e", i)))
	}
	got, err := p.Publish(t.Context(), out)
	if err != nil || len(got) != 300 || got[0] != 1 || got[299] != 300 || !slices.IsSorted(got) {
		t.Fatalf("sequences %v (%v)", got, err)
	}
	again, err := p.Publish(t.Context(), out[:2])
	if err != nil || !slices.Equal(again, []uint64{1, 2}) {
		t.Errorf("published again: %v (%v), want the sequences of the first time", again, err)
	}
	if n := f.stored(t, bus.StreamOut); n != 300 {
		t.Errorf("%d facts are stored", n)
	}
	if len(out[0].Header) != 1 {
		t.Errorf("the caller's header was changed: %v", out[0].Header)
	}
}

func TestPublishNothing(t *testing.T) {
	f := start(t)
	if got, err := publisher(t, f.conn).Publish(t.Context(), nil); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestPublishSaysWhatIsWrong(t *testing.T) {
	f := start(t)
	p := publisher(t, f.conn)
	for _, c := range []struct{ name, subject, says string }{
		{"a subject that no stream takes", "mfa.acme.out.attempt.accepted", "publish to mfa.acme.out.attempt.accepted: nats: no response from stream"},
		{"a fact that no platform reports", "mfa.acme.in.attempt.accepted", "publish to mfa.acme.in.attempt.accepted: nats: no response from stream"},
		{"no subject", "", "invalid subject"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := p.Publish(t.Context(), []bus.Outgoing{fact("u", "e1"), {Subject: c.subject, Body: []byte("x")}})
			if err == nil || !contains(err.Error(), c.says) {
				t.Errorf("Publish says %v, want %q", err, c.says)
			}
		})
	}
}

func TestPublishEndsWithItsContext(t *testing.T) {
	f := start(t)
	p := publisher(t, f.conn)
	f.server.Stop()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := p.Publish(ctx, []bus.Outgoing{fact("u", "e1")}); err == nil {
		t.Error("published to a bus that is away")
	}
}

func TestPublishIsConfirmedAgainAfterARestart(t *testing.T) {
	f := start(t)
	p := publisher(t, f.conn)
	if _, err := p.Publish(t.Context(), []bus.Outgoing{fact("u", "e1")}); err != nil {
		t.Fatal(err)
	}
	f.server.Restart(t)
	if got, err := p.Publish(t.Context(), []bus.Outgoing{fact("u", "e2")}); err != nil || got[0] != 2 {
		t.Errorf("sequence %v (%v)", got, err)
	}
}

func TestConnectSaysWhereNobodyIs(t *testing.T) {
	t.Parallel()
	_, err := bus.Connect(bus.ConnectConfig{URL: "nats://127.0.0.1:1", Worker: worker, Logger: quietLogger()})
	if !errors.Is(err, nats.ErrNoServers) || !contains(err.Error(), "connect to bus nats://127.0.0.1:1") {
		t.Errorf("Connect says %v", err)
	}
}
