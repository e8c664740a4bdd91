package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"countersign/pkg/worker/eventstore"
)

// later is when a sweeper looks for what was left.
var later = start.Add(time.Hour)

// A step is one thing that a worker does to a store for a message, and what the next worker finds when it died right after.
type step struct {
	name    string
	do      func(context.Context, eventstore.Store) error
	head    uint64
	pending []uint64
	due     []string
	above   []uint64 // published above sequence 0
}

var steps = []step{
	{name: "nothing", do: func(context.Context, eventstore.Store) error { return nil }},
	{name: "append", do: writing(timed("a", 1, time.Minute)), head: 1, pending: []uint64{1}, due: []string{"a-1-0"}},
	{name: "mark", do: marking(1, 5), head: 1, due: []string{"a-1-0"}, above: []uint64{1}},
	{name: "append of the next", do: writing(timed("a", 2, 2*time.Minute)), head: 2, pending: []uint64{2},
		due: []string{"a-1-0", "a-2-0"}, above: []uint64{1}},
	{name: "fire", do: firing(1, "a-1-0"), head: 2, pending: []uint64{2}, due: []string{"a-2-0"}, above: []uint64{1}},
	{name: "mark of the next", do: marking(2, 6), head: 2, due: []string{"a-2-0"}, above: []uint64{1, 2}},
	{name: "fire of the next", do: firing(2, "a-2-0"), head: 2, above: []uint64{1, 2}},
}

func writing(c eventstore.Commit) func(context.Context, eventstore.Store) error {
	return func(ctx context.Context, s eventstore.Store) error { return s.Append(ctx, c) }
}

func marking(version, sequence uint64) func(context.Context, eventstore.Store) error {
	return func(ctx context.Context, s eventstore.Store) error {
		return s.MarkPublished(ctx, []eventstore.Mark{{Stream: stream("a"), Version: version, BusSequence: sequence}})
	}
}

func firing(version uint64, id string) func(context.Context, eventstore.Store) error {
	return func(ctx context.Context, s eventstore.Store) error {
		return s.MarkFired(ctx, []eventstore.Fired{{Stream: stream("a"), Version: version, TimerID: id}})
	}
}

var crashing = []scenario{
	{"after a crash between any two steps the next worker finds what is left to do", func(t *testing.T, p Place) {
		for _, step := range steps {
			noError(t, step.do(t.Context(), open(t, p))) // what dies does not close: its store stays as it is
			wantLeft(t, open(t, p), step)
		}
	}},
	{"a step that is done again changes nothing", func(t *testing.T, p Place) {
		s := open(t, p)
		for _, step := range steps {
			noError(t, step.do(t.Context(), s))
			err := step.do(t.Context(), s)
			if err != nil && !errors.Is(err, eventstore.ErrConflict) && !errors.Is(err, eventstore.ErrCauseSeen) {
				t.Fatal(err)
			}
			wantLeft(t, s, step)
		}
	}},
}

func wantLeft(t testing.TB, s eventstore.Store, after step) {
	t.Helper()
	t.Log("after", after.name)
	l, err := eventstore.Load(t.Context(), s, stream("a"), fold(1, 1))
	noError(t, err)
	wantEqual(t, "version", l.Version, after.head)
	wantEqual(t, "sum", l.State.Sum, int(after.head))
	wantPending(t, s, later, 10, after.pending...)
	wantDue(t, s, later, 10, after.due...)
	wantAbove(t, s, 0, 10, after.above...)
}
