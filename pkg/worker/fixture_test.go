package worker_test

import (
	"context"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/workertest"
)

func TestMain(m *testing.M) { workertest.Main(m) }

// doorkeeper is the smallest worker that has everything: it answers every login with the same, in a commit with a timer, and every
// question with the number of logins.
func doorkeeper() worker.Worker {
	return worker.Worker{
		Name: "verify", Kinds: []string{"guard"}, Hears: []string{guard.LoginStartedType, guard.ExpiryDueType},
		Table: func(k worker.Kit) worker.Table {
			h := worker.Owner(k, k.Guards())
			decide := func(make func(decider.Request, time.Time) decider.Decision) func(context.Context, decider.Request) error {
				return func(ctx context.Context, r decider.Request) error {
					return h.Handle(ctx, r, r.Stream("guard"), func(_ context.Context, l eventstore.Loaded[guard.State], now time.Time) (decider.Decision, error) {
						return h.Take(r, l, now, r.Event, func(guard.State) (decider.Decision, error) { return make(r, now), nil })
					})
				}
			}
			return worker.Table{
				Routes: []decider.Route{
					{Type: guard.LoginStartedType, MaxAge: worker.Fresh, Handle: decide(admit)},
					{Type: guard.ExpiryDueType, Handle: decide(expire)},
				},
				Endpoints: []bus.Endpoint{{Entity: "login", Verb: "status", Answer: func(ctx context.Context, platform string, _ []byte) (any, error) {
					l, err := eventstore.Load(ctx, k.Store, eventstore.Stream{Platform: platform, Kind: "guard", UserKey: events.UserKey(platform, "ann-1")}, h.Fold)
					return guard.LoginStatus{State: guard.Unknown, LoginID: string(rune('0' + len(l.State.Logins)))}, err
				}}},
			}
		},
	}
}

func admit(r decider.Request, now time.Time) decider.Decision {
	e := r.Event.(*guard.LoginStarted)
	return decider.Decision{
		Policy: "none", Events: []events.Event{&guard.EnrollmentRequired{User: e.User, LoginID: e.LoginID}},
		Timers: []decider.Timer{{Event: &guard.ChallengeExpiryDue{User: e.User, ChallengeID: e.LoginID}, At: now.Add(300 * time.Millisecond)}},
	}
}

func expire(r decider.Request, _ time.Time) decider.Decision {
	e := r.Event.(*guard.ChallengeExpiryDue)
	return decider.Decision{Policy: "none", Events: []events.Event{&guard.ChallengeClosed{User: e.User, ChallengeID: e.ChallengeID, LoginID: e.ChallengeID, Reason: guard.Expired}}}
}

type fixture struct {
	*workertest.House
	*workertest.Platform
	t *testing.T
}

func start(t *testing.T) *fixture {
	t.Helper()
	t.Parallel()
	h := workertest.Start(t, workertest.Config{Workers: []worker.Worker{doorkeeper()}, Asleep: true})
	return &fixture{House: h, Platform: h.Platform(workertest.Acme), t: t}
}

func login(id string) events.Event { return &guard.LoginStarted{User: "ann-1", LoginID: id} }

func await[T any](t *testing.T, c <-chan T, what string) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(workertest.Patience):
		t.Fatalf("it does not happen that %s", what)
	}
	return v
}

// once gives a fault of the first append: do runs where it happens, before it or after it.
func once(f *fixture, do func()) func(workertest.Call) error {
	return func(c workertest.Call) error {
		if c.Op == workertest.Append {
			f.Store.Mend()
			do()
		}
		return nil
	}
}

func (f *fixture) commits() []eventstore.Commit { return f.User("ann-1").Commits("guard") }

// closed awaits the end of a login's timer.
func (f *fixture) closed(loginID string) {
	f.t.Helper()
	f.Await("the timer of "+loginID+" has its effect", 1, func(e workertest.Event) bool {
		c, ok := e.Event.(*guard.ChallengeClosed)
		return ok && c.LoginID == loginID
	})
}
