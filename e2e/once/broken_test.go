package once_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"

	"countersign/e2e/once"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/workertest"
)

// mangle makes another commit of one that is read.
type mangle func(eventstore.Commit) eventstore.Commit

func nothing() mangle { return nil }

// A fault is one that must be found.
type fault struct {
	name  string
	place workertest.Place // a store that has it; nil: SQLite
	read  func() mangle    // what becomes of the heads that are read
	among []kind           // what it is found by
	in    weather
	again bool // everything is asked once more
	want  once.Promise
}

func faults() []fault {
	calm, late := weathers()[0], stalled(boundaries[2])
	return []fault{
		{"a store without the lock of versions", withoutLock, nothing, kinds, late, false, once.AcceptedOnce},
		{"a worker that does not look at the last time step", nil, forgets(func(s *guard.State) { s.LastStep = guard.LastStep{} }), kinds[:1], calm, false, once.AcceptedOnce},
		{"a worker that does not look at the recovery codes used", nil, forgets(func(s *guard.State) { s.UsedCodes = guard.UsedCodes{} }), kinds[2:], calm, false, once.AcceptedOnce},
		{"a worker that goes on from a state that it remembers", nil, remembers, kinds[1:2], calm, false, once.AcceptedOnce},
		{"a store that mixes up what was answered", mixesUp, nothing, kinds[:1], calm, true, once.AnsweredAlike},
	}
}

// What is broken here is broken by test doubles around real parts: of each it is shown that the checker finds it.
func TestWhatIsBrokenIsFound(t *testing.T) {
	for _, f := range faults() {
		for _, k := range f.among {
			t.Run(f.name+", by "+k.name, func(t *testing.T) {
				t.Parallel()
				s := open(blind{t}, f.place, fixedSeed)
				s.Store.Break(workertest.Faults{Read: f.read()})
				s.raceOnce(k, f.in, f.again)
				breaks(t, s.history, f.want)
			})
		}
	}
}

// raceOnce publishes every attempt once: a broken part may leave a second one without an answer.
func (s *site) raceOnce(k kind, w weather, again bool) {
	s.t.Helper()
	s.GiveUpAfter(workertest.Patience) // whoever is late is not helped by the bus
	r := s.prepared(k)
	passes := w.rises(s, r)
	r.all()
	passes()
	s.Quiet()
	if again {
		r.all()
	}
}

// blind is a test that does not see what a house finds by itself at a broken part. It does see what cannot go on.
type blind struct{ testing.TB }

func (b blind) Error(args ...any)                 { b.Log(args...) }
func (b blind) Errorf(format string, args ...any) { b.Logf(format, args...) }

// lockless takes what becomes of an attempt under a version that is taken, and knows it by its cause only.
type lockless struct {
	eventstore.Store
	lost *sync.Map // commits by stream and cause
}

func withoutLock(t testing.TB) eventstore.Store { return lockless{workertest.SQLite(t), &sync.Map{}} }

func (l lockless) Append(ctx context.Context, c eventstore.Commit) error {
	err := l.Store.Append(ctx, c)
	if !errors.Is(err, eventstore.ErrConflict) || !slices.Contains(ofAttempts, c.Events[0].Type) {
		return err
	}
	l.lost.Store(place{c.Stream, c.Cause}, c)
	return nil
}

func (l lockless) ByCause(ctx context.Context, s eventstore.Stream, cause eventstore.Cause) (eventstore.Commit, error) {
	if c, lost := l.lost.Load(place{s, cause}); lost {
		return c.(eventstore.Commit), nil
	}
	return l.Store.ByCause(ctx, s, cause)
}

type place struct {
	stream eventstore.Stream
	cause  eventstore.Cause
}

var ofAttempts = []string{guard.AttemptAcceptedType, guard.AttemptRejectedType, guard.RecoveryCodeJudgedType}

// mixing answers a cause by what answered the newest one.
type mixing struct{ eventstore.Store }

func mixesUp(t testing.TB) eventstore.Store { return mixing{workertest.SQLite(t)} }

func (m mixing) ByCause(ctx context.Context, s eventstore.Stream, cause eventstore.Cause) (eventstore.Commit, error) {
	c, err := m.Store.ByCause(ctx, s, cause)
	if err != nil {
		return c, err
	}
	head, err := m.Head(ctx, s)
	c.Events = head.Events
	return c, err
}

func forgets(what func(*guard.State)) func() mangle {
	forget := func(c eventstore.Commit) eventstore.Commit {
		var s guard.State
		if c.Stream.Kind != worker.GuardKind || json.Unmarshal(c.State, &s) != nil {
			return c
		}
		what(&s)
		c.State, _ = json.Marshal(s)
		return c
	}
	return func() mangle { return forget }
}

// remembers brings a stream's state as it was before the first attempt, once there was one.
func remembers() mangle {
	var mu sync.Mutex
	before := map[eventstore.Stream]json.RawMessage{}
	return func(c eventstore.Commit) eventstore.Commit {
		mu.Lock()
		defer mu.Unlock()
		if c.Stream.Kind != worker.GuardKind || c.State == nil {
			return c
		}
		if c.Events[0].Type == guard.ChallengeIssuedType {
			before[c.Stream] = c.State
		}
		c.State = before[c.Stream]
		return c
	}
}
