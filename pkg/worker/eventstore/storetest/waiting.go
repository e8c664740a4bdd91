package storetest

import (
	"testing"
	"time"

	"countersign/pkg/worker/eventstore"
)

var waiting = []scenario{
	{"a stream waits once, however many timers it has, until the last has fired", func(t *testing.T, p Place) {
		s := open(t, p)
		appendAll(t, s, timed("a", 1, 1, 2), timed("b", 1, 1), timed("a", 2, 1), commit("c", 1))
		wantWaiting(t, s, "acme", "", 10, "acme/guard/a", "acme/guard/b")
		fire(t, s, timed("a", 1), "a-1-0")
		fire(t, s, timed("a", 2), "a-2-0")
		wantWaiting(t, s, "acme", "", 10, "acme/guard/a", "acme/guard/b")
		fire(t, s, timed("a", 1), "a-1-1")
		wantWaiting(t, s, "acme", "", 10, "acme/guard/b")
		fire(t, s, timed("b", 1), "b-1-0")
		wantWaiting(t, s, "acme", "", 10)
	}},
	{"waiting streams come page by page in the order of their names", func(t *testing.T, p Place) {
		s := open(t, p)
		appendAll(t, s, timed("c", 1, 3*time.Second), timed("a", 1, 2*time.Second), timed("a", 2, time.Second), timed("b", 1, time.Hour))
		wantWaiting(t, s, "acme", "", 2, "acme/guard/a", "acme/guard/b")
		wantWaiting(t, s, "acme", "acme/guard/b", 2, "acme/guard/c")
		wantWaiting(t, s, "acme", "acme/guard/aa", 1, "acme/guard/b")
		wantWaiting(t, s, "acme", "acme/guard/c", 2)
	}},
	{"only one platform's streams of one kind are among the waiting", func(t *testing.T, p Place) {
		s := open(t, p)
		kind, platform, longer := timed("a", 1, 1), timed("a", 1, 1), timed("a", 1, 1)
		kind.Stream.Kind, platform.Stream.Platform, longer.Stream.Platform = OtherKind, "bolt", "acme-two"
		appendAll(t, s, timed("a", 1, 1), kind, platform, longer)
		wantWaiting(t, s, "acme", "", 10, "acme/guard/a")
		wantWaiting(t, s, "bolt", "acme/guard/z", 10, "bolt/guard/a")
		wantWaiting(t, s, "nobody", "", 10)
	}},
}

func wantWaiting(t testing.TB, s eventstore.Store, platform, after string, limit int, want ...string) {
	t.Helper()
	found, err := s.Waiting(t.Context(), Kind, platform, after, limit)
	noError(t, err)
	var got []string
	for _, one := range found {
		got = append(got, one.String())
	}
	wantEqual(t, "waiting", got, want)
}
