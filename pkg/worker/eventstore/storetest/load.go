package storetest

import (
	"testing"

	"countersign/pkg/worker/eventstore"
)

var loading = []scenario{
	{"a history of 10,000 commits loads by one read", func(t *testing.T, p Place) {
		h := history("a", 10_000)
		for i := range h[:9_999] {
			h[i].State = nil
		}
		p.Fill(t, h)
		r := &countingReader{Reader: open(t, p)}
		l, err := eventstore.Load(t.Context(), r, stream("a"), fold(1, 1))
		noError(t, err)
		wantEqual(t, "state", l.State.Sum, 10_000)
		wantEqual(t, "heads read", r.heads.Load(), 1)
		wantEqual(t, "replays", r.replays.Load(), 0)
	}},
	{"replay gives every version in order, from any on", func(t *testing.T, p Place) {
		p.Fill(t, history("a", 700))
		p.Fill(t, history("ab", 3))
		s := open(t, p)
		for _, from := range []uint64{1, 2, 256, 257, 513, 700} {
			got, err := replay(t, s, stream("a"), from)
			noError(t, err)
			wantEqual(t, "history", got, versionsOf(history("a", 700)[from-1:]))
		}
		got, err := replay(t, s, stream("a"), 701)
		noError(t, err)
		wantEqual(t, "what follows the head", got, nil)
	}},
	{"replay stops when its caller has seen enough", func(t *testing.T, p Place) {
		p.Fill(t, history("a", 3))
		for c, err := range open(t, p).Replay(t.Context(), stream("a"), 1) {
			noError(t, err)
			if c.Version == 2 {
				break
			}
		}
	}},
	{"a missing version below the head is found at load", func(t *testing.T, p Place) {
		h := history("a", 5)
		p.Fill(t, append(h[:3:3], h[4]))
		p.Fill(t, history("b", 2)[1:])
		s := open(t, p)
		_, err := eventstore.Load(t.Context(), s, stream("a"), fold(1, 1))
		wantGap(t, err, 4, 5)
		_, err = eventstore.Load(t.Context(), s, stream("b"), fold(1, 1))
		wantGap(t, err, 1, 2)
	}},
	{"a missing version anywhere is found at replay", func(t *testing.T, p Place) {
		h := history("a", 600)
		p.Fill(t, append(h[:299:299], h[300:]...))
		s := open(t, p)
		got, err := replay(t, s, stream("a"), 1)
		wantGap(t, err, 300, 301)
		wantEqual(t, "versions before the gap", len(got), 299)
		_, err = eventstore.Load(t.Context(), s, stream("a"), fold(2, 1))
		wantGap(t, err, 300, 301)
		_, err = replay(t, s, stream("a"), 300)
		wantGap(t, err, 300, 301)
	}},
}
