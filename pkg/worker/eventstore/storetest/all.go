package storetest

import (
	"slices"
	"testing"

	"countersign/pkg/worker/eventstore"
)

var reading = []scenario{
	{"all commits of a kind come, stream by stream, each in order, whatever the length", func(t *testing.T, p Place) {
		want := map[string][]uint64{}
		for name, n := range map[string]uint64{"a": 300, "ab": 3, "b": 256, "a-b": 1} {
			p.Fill(t, history(name, n))
			want[stream(name).String()] = versionsOf(history(name, n))
		}
		wantEqual(t, "streams", all(t, open(t, p), Kind), want)
	}},
	{"streams of one user, of two platforms and of another kind are told apart", func(t *testing.T, p Place) {
		s := open(t, p)
		own, second, platform, kind := commit("a", 1), commit("a", 1), commit("a", 1), commit("a", 1)
		own.Stream.ID, second.Stream.ID, platform.Stream.Platform, kind.Stream.Kind = "n1", "n2", "acme-two", OtherKind
		appendAll(t, s, commit("a", 1), own, second, platform, kind)
		wantEqual(t, "streams", all(t, s, Kind), map[string][]uint64{
			"acme/guard/a": {1}, "acme/guard/a/n1": {1}, "acme/guard/a/n2": {1}, "acme-two/guard/a": {1},
		})
		wantEqual(t, "streams of the other kind", all(t, s, OtherKind), map[string][]uint64{"acme/recovery/a": {1}})
		wantEqual(t, "streams of no kind", all(t, s, "none"), map[string][]uint64{})
	}},
	{"a gap ends nothing where all is read", func(t *testing.T, p Place) {
		h := history("a", 5)
		p.Fill(t, append(h[1:3:3], h[4]))
		p.Fill(t, history("b", 1))
		wantEqual(t, "streams", all(t, open(t, p), Kind), map[string][]uint64{"acme/guard/a": {2, 3, 5}, "acme/guard/b": {1}})
	}},
	{"a commit comes whole where all is read, and its caller may stop", func(t *testing.T, p Place) {
		s := open(t, p)
		appendAll(t, s, history("a", 2)...)
		for c, err := range s.(eventstore.Whole).All(t.Context(), Kind) {
			noError(t, err)
			wantEqual(t, "commit", stateless(c), stateless(commit("a", 1)))
			break
		}
	}},
}

// all is what a store has of a kind: by stream, each in one piece.
func all(t testing.TB, s eventstore.Store, kind string) map[string][]uint64 {
	t.Helper()
	found, order := map[string][]uint64{}, []string{}
	for c, err := range s.(eventstore.Whole).All(t.Context(), kind) {
		noError(t, err)
		name := c.Stream.String()
		found[name], order = append(found[name], c.Version), append(order, name)
	}
	if order = slices.Compact(order); len(order) != len(found) {
		t.Fatalf("the streams come in pieces: %v", order)
	}
	return found
}
