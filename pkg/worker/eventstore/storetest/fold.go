package storetest

import (
	"encoding/json"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
)

var folding = []scenario{
	{"when the fold number changes the state is made anew from the history", func(t *testing.T, p Place) {
		p.Fill(t, history("a", 300))
		r := &countingReader{Reader: open(t, p)}
		l, err := eventstore.Load(t.Context(), r, stream("a"), fold(2, 10))
		noError(t, err)
		wantEqual(t, "state", l.State, tally{Sum: 3000, Last: commit("a", 300).At})
		wantEqual(t, "version", l.Version, 300)
		wantEqual(t, "replays", r.replays.Load(), 1)
	}},
	{"the first commit under a new fold number saves the next load its replay", func(t *testing.T, p Place) {
		p.Fill(t, history("a", 3))
		s := open(t, p)
		l, err := eventstore.Load(t.Context(), s, stream("a"), fold(2, 10))
		noError(t, err)
		c, err := eventstore.Next(l, fold(2, 10), commit("a", 4))
		noError(t, err)
		appendAll(t, s, c)
		r := &countingReader{Reader: s}
		l, err = eventstore.Load(t.Context(), r, stream("a"), fold(2, 10))
		noError(t, err)
		wantEqual(t, "sum", l.State.Sum, 40)
		wantEqual(t, "replays", r.replays.Load(), 0)
	}},
	{"a newer fold is refused, one that the release reads is not", func(t *testing.T, p Place) {
		h := history("a", 2)
		h[1].Fold = 2
		p.Fill(t, h)
		s := open(t, p)
		_, err := eventstore.Load(t.Context(), s, stream("a"), fold(1, 1))
		wantError(t, err, eventstore.ErrNewerFold)
		reader := fold(1, 1)
		reader.Reads = 2
		l, err := eventstore.Load(t.Context(), s, stream("a"), reader)
		noError(t, err)
		wantEqual(t, "sum", l.State.Sum, 2)
	}},
	{"an unknown type of event stops the replay", func(t *testing.T, p Place) {
		h := history("a", 3)
		h[1].Events[0].Type = "countersign.test.unheard_of.v9"
		p.Fill(t, h)
		_, err := eventstore.Load(t.Context(), open(t, p), stream("a"), fold(2, 1))
		wantError(t, err, events.ErrUnknownType)
	}},
	{"a stream that is not there is version 0", func(t *testing.T, p Place) {
		l, err := eventstore.Load(t.Context(), open(t, p), stream("a"), fold(1, 1))
		noError(t, err)
		wantEqual(t, "loaded", l, eventstore.Loaded[tally]{Stream: stream("a")})
	}},
	{"a commit of another user is refused", func(t *testing.T, p Place) {
		p.Fill(t, history("a", 2))
		l, err := eventstore.Load(t.Context(), open(t, p), stream("a"), fold(1, 1))
		noError(t, err)
		c := commit("a", 3)
		c.User = "somebody else"
		_, err = eventstore.Next(l, fold(1, 1), c)
		wantError(t, err, eventstore.ErrOtherUser)
	}},
	{"a commit is never earlier than the one before it", func(t *testing.T, p Place) {
		p.Fill(t, history("a", 2))
		l, err := eventstore.Load(t.Context(), open(t, p), stream("a"), fold(1, 1))
		noError(t, err)
		c := commit("a", 3)
		c.At = start.Add(-time.Hour)
		next, err := eventstore.Next(l, fold(1, 1), c)
		noError(t, err)
		wantEqual(t, "time", next.At, commit("a", 2).At)
		var state tally
		noError(t, json.Unmarshal(next.State, &state))
		wantEqual(t, "state", state, tally{Sum: 3, Last: commit("a", 2).At})
	}},
	{"a linearizable head is the head", func(t *testing.T, p Place) {
		r := eventstore.Linearizable(open(t, p))
		_, err := r.Head(t.Context(), stream("a"))
		wantError(t, err, eventstore.ErrNoStream)
		p.Fill(t, history("a", 2))
		wantEqual(t, "head", head(t, r, stream("a")), commit("a", 2))
	}},
}
