package storetest

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"countersign/pkg/worker/eventstore"
)

var appending = []scenario{
	{"a commit comes back as it was written", func(t *testing.T, p Place) {
		c := everything()
		s := open(t, p)
		appendAll(t, s, c)
		wantEqual(t, "head", head(t, s, c.Stream), c)
		found, err := s.ByCause(t.Context(), c.Stream, c.Cause)
		noError(t, err)
		wantEqual(t, "commit by cause", found, c)
		for got, err := range s.Replay(t.Context(), c.Stream, 1) {
			noError(t, err)
			wantEqual(t, "replayed commit", got, c)
		}
	}},
	{"where nothing was written nothing is found", func(t *testing.T, p Place) {
		s := open(t, p)
		_, err := s.Head(t.Context(), stream("a"))
		wantError(t, err, eventstore.ErrNoStream)
		_, err = s.ByCause(t.Context(), stream("a"), cause("c"))
		wantError(t, err, eventstore.ErrNoCommit)
		versions, err := replay(t, s, stream("a"), 1)
		noError(t, err)
		wantEqual(t, "history", versions, nil)
	}},
	{"a version is written once", func(t *testing.T, p Place) {
		s := open(t, p)
		appendAll(t, s, history("a", 2)...)
		wantError(t, s.Append(t.Context(), rival("a", 2, "late")), eventstore.ErrConflict)
		wantError(t, s.Append(t.Context(), rival("a", 1, "later")), eventstore.ErrConflict)
		wantEqual(t, "head", head(t, s, stream("a")), commit("a", 2))
	}},
	{"a cause has one commit, also when it comes back with other content", func(t *testing.T, p Place) {
		s := open(t, p)
		appendAll(t, s, history("a", 3)...)
		again := commit("a", 4)
		again.Cause, again.Digest = commit("a", 2).Cause, "another"
		wantError(t, s.Append(t.Context(), again), eventstore.ErrCauseSeen)
		first, err := s.ByCause(t.Context(), again.Stream, again.Cause)
		noError(t, err)
		wantEqual(t, "the cause's commit", stateless(first), stateless(commit("a", 2)))
		wantEqual(t, "head", head(t, s, stream("a")).Version, 3)
	}},
	{"causes that look alike are told apart", func(t *testing.T, p Place) {
		s := open(t, p)
		for i, c := range []eventstore.Cause{
			{Origin: "in", Platform: "acme", Source: "/web", ID: "1"}, {Origin: "out", Platform: "acme", Source: "/web", ID: "1"},
			{Origin: "in", Platform: "acme", Source: "/web/1", ID: "1"}, {Origin: "in", Platform: "acme", Source: "/web", ID: "1/1"},
			{Origin: "in", Platform: "acme", Source: "/web%2F1", ID: "1"}, {Origin: "in", Platform: "acme", Source: "/WEB", ID: "1"},
			{Origin: "in", Platform: "bank", Source: "/web", ID: "1"}, {Origin: "in", Platform: "acme", Source: "/web", ID: "1 "},
		} {
			next := commit("a", uint64(i)+1)
			next.Cause = c
			appendAll(t, s, next)
		}
	}},
	{"streams that look alike are told apart", func(t *testing.T, p Place) {
		s := open(t, p)
		for i, other := range []eventstore.Stream{
			{Platform: "acme", Kind: Kind, UserKey: "a"}, {Platform: "bank", Kind: Kind, UserKey: "a"}, {Platform: "acme", Kind: OtherKind, UserKey: "a"},
			{Platform: "acme", Kind: Kind, UserKey: "ab"}, {Platform: "acme", Kind: Kind, UserKey: "a", ID: "a"},
			{Platform: "acme", Kind: Kind, UserKey: "a", ID: "ab"}, {Platform: "acme", Kind: Kind, UserKey: "A"},
		} {
			for v := range uint64(i) + 1 {
				c := commit("a", v+1)
				c.Stream = other
				appendAll(t, s, c)
			}
			wantEqual(t, "head of "+other.String(), head(t, s, other).Version, uint64(i)+1)
		}
		wantEqual(t, "head of the first", head(t, s, stream("a")).Version, 1)
	}},
	{"a commit above 256 KiB is refused before it joins a batch", func(t *testing.T, p Place) {
		s := open(t, p)
		wantError(t, s.Append(t.Context(), sized(eventstore.MaxCommit+1)), eventstore.ErrTooLarge)
		appendAll(t, s, sized(eventstore.MaxCommit))
		long := commit("a", 1)
		long.Cause.ID = strings.Repeat("x", eventstore.MaxCause)
		wantError(t, s.Append(t.Context(), long), eventstore.ErrTooLarge)
		long.Cause = cause(strings.Repeat("x", eventstore.MaxCause-len(cause("").Key())))
		appendAll(t, s, long)
	}},
	{"a closed store refuses appends", func(t *testing.T, p Place) {
		s := p.Open(t, nil)
		noError(t, s.Close())
		wantError(t, s.Append(t.Context(), commit("a", 1)), eventstore.ErrClosed)
	}},
	{"policies are kept by their hash", func(t *testing.T, p Place) {
		s := open(t, p)
		_, err := s.Policy(t.Context(), "h1")
		wantError(t, err, eventstore.ErrNoPolicy)
		noError(t, s.PutPolicy(t.Context(), "h1", []byte("digits: 6\n")))
		noError(t, s.PutPolicy(t.Context(), "h1", []byte("digits: 8\n")))
		document, err := s.Policy(t.Context(), "h1")
		noError(t, err)
		wantEqual(t, "policy", string(document), "digits: 6\n")
	}},
}

// everything is a commit that uses every field, with what encodings stumble over.
func everything() eventstore.Commit {
	c := commit("a", 1)
	c.Stream.ID = "n1"
	c.Cause = eventstore.Cause{Origin: "timer", Platform: "acme", Source: "urn:x/ü?#%2F", ID: " a/b\t\"✓\x00"}
	c.User = "böse\x00<user>'\"$set.é"
	c.State = json.RawMessage(`{"a<b>&":"\u003c\u0000 ü","n":12345678901234567890,"f":1.10}`)
	c.Events = []eventstore.Event{
		{ID: "e1", Type: counted, Data: json.RawMessage(`{"n":1,"text":"<&>"}`), Record: json.RawMessage(`{"step":57}`)},
		{ID: "e2", Type: "countersign.test.other.v1", Data: json.RawMessage(`{}`)},
	}
	c.Timers = []eventstore.Timer{
		{ID: "t1", Type: "countersign.test.due.v1", At: start.Add(time.Hour + time.Nanosecond), Data: json.RawMessage(`{"user":"ü"}`)},
		{ID: "t2", Type: "countersign.test.due.v1", At: start.Add(time.Minute), Data: json.RawMessage(`{}`)},
	}
	return c
}

// sized is a commit of n bytes.
func sized(n int) eventstore.Commit {
	c := commit("large", 1)
	c.State = json.RawMessage(`""`)
	c.State = json.RawMessage(`"` + strings.Repeat("x", n-c.Size()) + `"`)
	return c
}
