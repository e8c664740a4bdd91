package storetest

import (
	"errors"
	"fmt"
	"testing"

	"countersign/pkg/worker/eventstore"
)

var ending = []scenario{
	{"a stream ends at its last version and at none before it", func(t *testing.T, p Place) {
		p.Fill(t, history("a", 12))
		p.Fill(t, history("ab", 3))
		s := open(t, p)
		for version, want := range map[uint64]bool{0: false, 1: false, 11: false, 12: true} {
			wantEnd(t, s, "a", version, want)
		}
	}},
	{"a stream that is not there ends before its first version", func(t *testing.T, p Place) {
		p.Fill(t, history("ab", 1))
		s := open(t, p)
		wantEnd(t, s, "a", 0, true)
	}},
	{"an append moves the end, for every process", func(t *testing.T, p Place) {
		p.Fill(t, history("a", 2))
		s, other := open(t, p), open(t, p)
		wantEnd(t, s, "a", 2, true)
		noError(t, other.Append(t.Context(), history("a", 3)[2]))
		wantEnd(t, s, "a", 2, false)
		wantEnd(t, s, "a", 3, true)
	}},
	{"many ends asked for at once are each their own", func(t *testing.T, p Place) {
		for _, c := range history("a", 40) {
			c.Stream = stream(fmt.Sprint("u", c.Version%20))
			c.Version = (c.Version-1)/20 + 1
			p.Fill(t, []eventstore.Commit{c})
		}
		s := open(t, p)
		noError(t, errors.Join(atOnce(60, func(i int) error {
			version := uint64(i / 20)
			ends, err := s.Ends(t.Context(), stream(fmt.Sprint("u", i%20)), version)
			if err == nil && ends != (version == 2) {
				err = fmt.Errorf("u%d ends at %d: %t", i%20, version, ends)
			}
			return err
		})...))
	}},
	{"what a shelf holds is loaded anew once the stream has gone on", func(t *testing.T, p Place) {
		p.Fill(t, history("a", 2))
		s := open(t, p)
		shelf, r := eventstore.NewShelf[tally](2), &countingReader{Reader: s}
		load := func(want uint64) {
			t.Helper()
			l, err := shelf.Load(t.Context(), r, stream("a"), fold(1, 1))
			noError(t, err)
			wantEqual(t, "version", l.Version, want)
			wantEqual(t, "state", l.State.Sum, int(want))
		}
		load(2)
		load(2)
		wantEqual(t, "heads read", r.heads.Load(), 1)
		noError(t, s.Append(t.Context(), history("a", 3)[2]))
		load(3)
		load(3)
		wantEqual(t, "heads read", r.heads.Load(), 2)
	}},
}

func wantEnd(t *testing.T, s eventstore.Store, user string, version uint64, want bool) {
	t.Helper()
	ends, err := s.Ends(t.Context(), stream(user), version)
	noError(t, err)
	if ends != want {
		t.Errorf("stream %s ends at %d: %t", user, version, ends)
	}
}
