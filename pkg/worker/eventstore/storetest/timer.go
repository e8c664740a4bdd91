package storetest

import (
	"encoding/json"
	"testing"
	"time"

	"countersign/pkg/worker/eventstore"
)

var timing = []scenario{
	{"a timer is due from its time on until it has fired", func(t *testing.T, p Place) {
		s := open(t, p)
		appendAll(t, s, timed("a", 1, 30*time.Second))
		wantDue(t, s, start.Add(30*time.Second), 10)
		wantDue(t, s, start.Add(31*time.Second), 10, "a-1-0")
		fire(t, s, timed("a", 1, 0), "a-1-0")
		wantDue(t, s, start.Add(time.Hour), 10)
		fire(t, s, timed("a", 1, 0), "a-1-0")
		wantEqual(t, "timers of the commit", len(head(t, s, stream("a")).Timers), 1)
	}},
	{"a due timer comes with its commit and its data", func(t *testing.T, p Place) {
		s := open(t, p)
		c := timed("a", 1, time.Second)
		c.Stream.ID = "n1"
		appendAll(t, s, c)
		due, err := s.Due(t.Context(), Kind, start.Add(time.Hour), 10)
		noError(t, err)
		wantEqual(t, "due", due, []eventstore.DueTimer{{Stream: c.Stream, Version: 1, Timer: c.Timers[0]}})
	}},
	{"due timers come oldest first over all commits, up to a limit, of one kind", func(t *testing.T, p Place) {
		s := open(t, p)
		other := timed("a", 1, time.Second)
		other.Stream.Kind = OtherKind
		appendAll(t, s, timed("a", 1, 50*time.Second, 10*time.Second), timed("b", 1, 20*time.Second), timed("a", 2, 5*time.Second), commit("c", 1), other)
		wantDue(t, s, start.Add(time.Hour), 10, "a-2-0", "a-1-1", "b-1-0", "a-1-0")
		wantDue(t, s, start.Add(time.Hour), 2, "a-2-0", "a-1-1")
		wantDue(t, s, start.Add(15*time.Second), 10, "a-2-0", "a-1-1")
		fire(t, s, timed("a", 1), "a-1-1")
		wantDue(t, s, start.Add(time.Hour), 10, "a-2-0", "b-1-0", "a-1-0")
	}},
	{"many timers fire in bulk, and those that are not there harm nobody", func(t *testing.T, p Place) {
		s := open(t, p)
		appendAll(t, s, timed("a", 1, 1, 2, 3), timed("b", 1, 1))
		noError(t, s.MarkFired(t.Context(), []eventstore.Fired{
			{Stream: stream("a"), Version: 1, TimerID: "a-1-0"}, {Stream: stream("nobody"), Version: 1, TimerID: "x"},
			{Stream: stream("a"), Version: 1, TimerID: "a-1-2"}, {Stream: stream("b"), Version: 1, TimerID: "b-1-0"},
		}))
		noError(t, s.MarkFired(t.Context(), nil))
		wantDue(t, s, start.Add(time.Hour), 10, "a-1-1")
	}},
}

// timed is a commit whose timers are due so long after start.
func timed(user string, version uint64, after ...time.Duration) eventstore.Commit {
	c := commit(user, version)
	for i, d := range after {
		c.Timers = append(c.Timers, eventstore.Timer{
			ID: c.Cause.ID + "-" + string(rune('0'+i)), Type: "countersign.test.due.v1", At: start.Add(d), Data: json.RawMessage(`{"user":"u"}`),
		})
	}
	return c
}

func fire(t testing.TB, s eventstore.Store, c eventstore.Commit, id string) {
	t.Helper()
	noError(t, s.MarkFired(t.Context(), []eventstore.Fired{{Stream: c.Stream, Version: c.Version, TimerID: id}}))
}

func wantDue(t testing.TB, s eventstore.Store, before time.Time, limit int, ids ...string) {
	t.Helper()
	due, err := s.Due(t.Context(), Kind, before, limit)
	noError(t, err)
	var got []string
	for _, d := range due {
		got = append(got, d.Timer.ID)
	}
	wantEqual(t, "due timers", got, ids)
}
