package storetest

import (
	"testing"
	"time"

	"countersign/pkg/worker/eventstore"
)

var publishing = []scenario{
	{"a commit is pending until it is marked published", func(t *testing.T, p Place) {
		s := open(t, p)
		appendAll(t, s, history("a", 3)...)
		mark(t, s, "a", 2, 7)
		wantPending(t, s, start.Add(time.Hour), 10, 1, 3)
		mark(t, s, "a", 1, 6)
		mark(t, s, "a", 3, 8)
		wantPending(t, s, start.Add(time.Hour), 10)
		c := head(t, s, stream("a"))
		wantEqual(t, "published", c.Published, true)
		wantEqual(t, "bus sequence", c.BusSequence, 8)
	}},
	{"pending commits come oldest first, up to a time and a limit, of one kind", func(t *testing.T, p Place) {
		s := open(t, p)
		appendAll(t, s, reversed(history("a", 4))...)
		other := commit("a", 1)
		other.Stream.Kind = OtherKind
		appendAll(t, s, other)
		wantPending(t, s, start.Add(time.Hour), 2, 1, 2)
		wantPending(t, s, start.Add(time.Second), 10, 1)
		wantPending(t, s, start.Add(time.Second+1), 10, 1, 2)
	}},
	{"publishing a version drops the state of the one before, and the head still loads", func(t *testing.T, p Place) {
		s := open(t, p)
		appendAll(t, s, history("a", 3)...)
		mark(t, s, "a", 1, 1)
		mark(t, s, "a", 2, 2)
		wantNoState(t, s, 1)
		mark(t, s, "a", 3, 3)
		wantStates(t, s, false, false, true)
		r := &countingReader{Reader: s}
		l, err := eventstore.Load(t.Context(), r, stream("a"), fold(1, 1))
		noError(t, err)
		wantEqual(t, "sum", l.State.Sum, 3)
		wantEqual(t, "replays", r.replays.Load(), 0)
	}},
	{"marks may come in any order, twice, in bulk, and of commits that are not there", func(t *testing.T, p Place) {
		s := open(t, p)
		appendAll(t, s, history("a", 3)...)
		mark(t, s, "a", 3, 9)
		noError(t, s.MarkPublished(t.Context(), []eventstore.Mark{
			{Stream: stream("a"), Version: 2, BusSequence: 5}, {Stream: stream("nobody"), Version: 4, BusSequence: 6},
			{Stream: stream("a"), Version: 1, BusSequence: 4}, {Stream: stream("a"), Version: 3, BusSequence: 7},
		}))
		noError(t, s.MarkPublished(t.Context(), nil))
		wantPending(t, s, start.Add(time.Hour), 10)
		wantStates(t, s, false, false, true)
		wantEqual(t, "bus sequence", head(t, s, stream("a")).BusSequence, 7)
	}},
	{"a state that is gone is made anew", func(t *testing.T, p Place) {
		s := open(t, p)
		appendAll(t, s, history("a", 2)...)
		mark(t, s, "a", 3, 9) // of a version that is not there
		l, err := eventstore.Load(t.Context(), s, stream("a"), fold(1, 1))
		noError(t, err)
		wantEqual(t, "sum", l.State.Sum, 2)
	}},
	{"what a bus has lost is found by its sequence", func(t *testing.T, p Place) {
		s := open(t, p)
		appendAll(t, s, history("a", 5)...)
		for v, sequence := range map[uint64]uint64{1: 40, 2: 10, 3: 30, 4: 0} { // 4 had nothing to publish, 5 is pending
			mark(t, s, "a", v, sequence)
		}
		wantAbove(t, s, 10, 10, 3, 1)
		wantAbove(t, s, 0, 2, 2, 3)
		wantAbove(t, s, 40, 10)
		mark(t, s, "a", 1, 11)
		wantAbove(t, s, 10, 10, 1, 3)
	}},
}

func mark(t testing.TB, s eventstore.Store, user string, version, sequence uint64) {
	t.Helper()
	noError(t, s.MarkPublished(t.Context(), []eventstore.Mark{{Stream: stream(user), Version: version, BusSequence: sequence}}))
}

func wantPending(t testing.TB, s eventstore.Store, before time.Time, limit int, versions ...uint64) {
	t.Helper()
	pending, err := s.Pending(t.Context(), Kind, before, limit)
	noError(t, err)
	wantEqual(t, "pending", versionsOf(pending), versions)
}

func wantAbove(t testing.TB, s eventstore.Store, sequence uint64, limit int, versions ...uint64) {
	t.Helper()
	above, err := s.PublishedAbove(t.Context(), Kind, sequence, limit)
	noError(t, err)
	wantEqual(t, "published above", versionsOf(above), versions)
}

// stateless is for a commit that another one follows: a store may keep its state until that is published.
func stateless(c eventstore.Commit) eventstore.Commit {
	c.State = nil
	return c
}

// wantNoState is for a version whose next one is published, and may have another behind it.
func wantNoState(t testing.TB, s eventstore.Store, version uint64) {
	t.Helper()
	for c, err := range s.Replay(t.Context(), stream("a"), version) {
		noError(t, err)
		wantEqual(t, "state of the version before is there", c.State != nil, false)
		break
	}
}

// wantStates says of which versions of a's stream, from the first on, the state is there.
func wantStates(t testing.TB, s eventstore.Store, there ...bool) {
	t.Helper()
	var got []bool
	for c, err := range s.Replay(t.Context(), stream("a"), 1) {
		noError(t, err)
		got = append(got, c.State != nil)
	}
	wantEqual(t, "versions with state", got, there)
}

func reversed(commits []eventstore.Commit) []eventstore.Commit {
	out := make([]eventstore.Commit, len(commits))
	for i, c := range commits {
		out[len(out)-1-i] = c
	}
	return out
}
