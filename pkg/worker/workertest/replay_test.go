package workertest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/workertest"
)

func TestMain(m *testing.M) { workertest.Main(m) }

// rules decide how long a waiver of a login is good for.
type rules func(s guard.State, now time.Time) time.Time

func good(s guard.State, now time.Time) time.Time {
	return now.Add(time.Duration(len(s.Logins)+1) * time.Second)
}

// A part is what a worker is made of here; a test breaks one thing in it.
type part struct {
	decides rules
	evolve  func(guard.State, events.Event, time.Time) (guard.State, error)
	knows   func(guard.State) guard.State // what the rules are shown of the state
	hides   bool                          // that it decides
}

func (p part) worker() worker.Worker {
	return worker.Worker{
		Name: "verify", Kinds: []string{worker.GuardKind}, Hears: []string{guard.LoginStartedType},
		Table: func(k worker.Kit) worker.Table {
			fold := k.Guards()
			fold.Evolve = p.evolve
			h := worker.Owner(k, fold)
			return worker.Table{Routes: []decider.Route{{Type: guard.LoginStartedType, Handle: func(ctx context.Context, r decider.Request) error {
				return h.Handle(ctx, r, r.Stream(worker.GuardKind), p.login(&h, r))
			}}}}
		},
	}
}

func (p part) login(h *decider.Handler[guard.State], r decider.Request) decider.Decide[guard.State] {
	return func(_ context.Context, l eventstore.Loaded[guard.State], now time.Time) (decider.Decision, error) {
		decides := func(s guard.State) (decider.Decision, error) { return p.waives(r, s, now), nil }
		if p.hides {
			return decides(l.State)
		}
		l.State = p.knows(l.State)
		return h.Take(r, l, now, r.Event, decides)
	}
}

func (p part) waives(r decider.Request, s guard.State, now time.Time) decider.Decision {
	return decider.Decision{Policy: "none", Events: []events.Event{&guard.ChallengeWaived{
		User: r.User, LoginID: r.Event.(*guard.LoginStarted).LoginID, Reason: guard.NotEnrolled, ExpiresAt: p.decides(s, now),
	}}}
}

// breaks are what a worker must not be, and what a house says of it.
var breaks = []struct {
	name  string
	wrong func(*part)
	want  string
}{
	{"nothing", func(*part) {}, ""},
	{"rules that look at a clock", func(p *part) {
		p.decides = func(s guard.State, _ time.Time) time.Time { return good(s, time.Now()) }
	}, "and again as"},
	{"rules that go by the order of a map", func(p *part) {
		p.decides = func(s guard.State, now time.Time) time.Time { return now.Add(anyOf(twenty())) }
	}, "and again as"},
	{"rules that count by themselves", func(p *part) {
		var mu sync.Mutex
		var n time.Duration
		p.decides = func(s guard.State, now time.Time) time.Time {
			mu.Lock()
			defer mu.Unlock()
			n++
			return now.Add(n)
		}
	}, "and again as"},
	{"rules that change the state that they are shown", func(p *part) {
		p.decides = func(s guard.State, now time.Time) time.Time {
			for i := range s.Logins {
				s.Logins[i].MayContinue = true
			}
			return good(s, now)
		}
	}, "changes the state"},
	{"rules that are shown another state than the events fold to", func(p *part) {
		p.knows = func(s guard.State) guard.State { s.Logins = nil; return s }
	}, "and again as"},
	{"a fold that looks at a clock", func(p *part) {
		p.evolve = func(s guard.State, e events.Event, _ time.Time) (guard.State, error) {
			return guard.Evolve(s, e, time.Now())
		}
	}, "fold to"},
	{"decisions that nobody sees", func(p *part) { p.hides = true }, "rests on no decision that was seen"},
}

func twenty() map[time.Duration]bool {
	all := map[time.Duration]bool{}
	for i := range 20 {
		all[time.Duration(i)] = true
	}
	return all
}

func anyOf(all map[time.Duration]bool) time.Duration {
	for one := range all {
		return one
	}
	return 0
}

// A house says by itself, at the end of its test, what is broken in a worker.
func TestAWorkerThatCannotBeReplayedIsFound(t *testing.T) {
	for _, b := range breaks {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			seen := &seen{TB: t}
			t.Cleanup(func() { seen.held(t, b.want) }) // after the house's own, which are later
			p := part{decides: good, evolve: guard.Evolve, knows: func(s guard.State) guard.State { return s }}
			b.wrong(&p)
			h := workertest.Start(seen, workertest.Config{Workers: []worker.Worker{p.worker()}})
			acme := h.Platform(workertest.Acme)
			for i := range 6 {
				acme.Ask(&guard.LoginStarted{User: "ann-1", LoginID: fmt.Sprint("l", i)})
			}
			h.Quiet()
		})
	}
}

// seen is a test that notes what a house finds.
type seen struct {
	testing.TB
	mu   sync.Mutex
	said []string
}

func (s *seen) Errorf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = append(s.said, fmt.Sprintf(format, args...))
}

// held wants a word of what is broken, and none where nothing is.
func (s *seen) held(t *testing.T, want string) {
	found := slices.ContainsFunc(s.said, func(text string) bool { return want != "" && strings.Contains(text, want) })
	if found != (want != "") || want == "" && len(s.said) > 0 {
		t.Errorf("want a word of %q, the house said %v", want, s.said)
	}
}
