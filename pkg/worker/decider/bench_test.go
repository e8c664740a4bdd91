package decider_test

import (
	"context"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"github.com/nats-io/nats.go"
)

// nowhere is a store and a bus that take everything at once: what is left is the way between them.
type nowhere struct{ eventstore.Store }

func (nowhere) Head(context.Context, eventstore.Stream) (eventstore.Commit, error) {
	return eventstore.Commit{}, eventstore.ErrNoStream
}
func (nowhere) Append(_ context.Context, c eventstore.Commit) error                 { return c.Check() }
func (nowhere) MarkPublished(context.Context, []eventstore.Mark) error              { return nil }
func (nowhere) Schedule(context.Context, bus.Scheduled) error                       { return nil }
func (nowhere) LastSequence(context.Context) (uint64, error)                        { return 0, nil }
func (nowhere) Publish(_ context.Context, out []bus.Outgoing) (s []uint64, _ error) { return nil, nil }

// accept answers every attempt as the rules do when the code is right.
func accept(r decider.Request) decider.Decide[guard.State] {
	return func(_ context.Context, _ eventstore.Loaded[guard.State], now time.Time) (decider.Decision, error) {
		a := r.Event.(*guard.AttemptSubmitted)
		return decider.Decision{Policy: "3f1c", Events: []events.Event{&guard.AttemptAccepted{
			User: r.User, ChallengeID: a.ChallengeID, LoginID: "login-1", Purpose: guard.ForLogin, Factor: events.TOTP, ExpiresAt: now.Add(2 * time.Minute),
			Record: guard.AttemptAcceptedRecord{EnrollmentID: "e", Step: uint64(now.Unix() / 30)},
		}}}, nil
	}
}

// BenchmarkAttempt is the way of an attempt from its delivery to what is handed to the bus, without store, bus and evidence.
func BenchmarkAttempt(b *testing.B) {
	registry := catalog.New()
	o := decider.NewOutbox(decider.Config{
		Store: nowhere{}, Bus: nowhere{}, Registry: registry, Digester: plainDigest{}, Worker: "verify", Kinds: []string{"guard"}, Logger: slog.New(slog.DiscardHandler),
	})
	ctx, stop := context.WithCancel(b.Context())
	written := make(chan error)
	go func() { written <- o.Run(ctx) }()
	h := &decider.Handler[guard.State]{
		Store: nowhere{}, Outbox: o, Fold: eventstore.Fold[guard.State]{Kind: "guard", Number: guard.Fold, Decode: registry.DecodeStored, Evolve: guard.Evolve},
	}
	in := decider.Intake{
		Registry: registry, Digester: plainDigest{}, Outbox: o, Now: func() time.Time { return noon },
		Platforms: func(string) (decider.Rules, bool) { return decider.Rules{}, true },
	}
	receive := in.Subscriptions([]decider.Route{{Type: "countersign.attempt.submitted.v1", MaxAge: time.Minute, Handle: func(ctx context.Context, r decider.Request) error {
		return h.Handle(ctx, r, r.Stream("guard"), accept(r))
	}}})[0].Handle
	b.ReportAllocs()
	for n := uint64(0); b.Loop(); n++ {
		if err := receive(ctx, submitted(n)); err != nil {
			b.Fatal(err)
		}
	}
	stop()
	if err := <-written; err != nil {
		b.Fatal(err)
	}
}

// submitted is an attempt as the bus delivers it.
func submitted(n uint64) *bus.Delivery {
	return &bus.Delivery{
		Subject: "mfa.acme.in.attempt.submitted", Stored: noon, Sequence: n, Deliveries: 1,
		Body: []byte(`{"user":"user-0001234","challenge_id":"k3fj5l2m7n8p9q0rstuvwxyz23","code":"123456"}`),
		Header: nats.Header{
			"ce-specversion": {"1.0"}, "ce-id": {strconv.FormatUint(n, 10)}, "ce-source": {"/acme/login"}, "ce-type": {"countersign.attempt.submitted.v1"},
			"ce-time": {"2026-11-21T09:30:00.123456789Z"}, "ce-datacontenttype": {"application/json"},
		},
	}
}
