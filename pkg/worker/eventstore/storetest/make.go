package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"countersign/pkg/worker/eventstore"
)

// start is when the first commit of a test's stream was made; each version is a second later.
var start = time.Date(2026, 11, 21, 9, 30, 0, 123456789, time.UTC)

func stream(user string) eventstore.Stream {
	return eventstore.Stream{Platform: "acme", Kind: Kind, UserKey: user}
}

func cause(id string) eventstore.Cause {
	return eventstore.Cause{Origin: "in", Platform: "acme", Source: "/web", ID: id}
}

// commit is a version of user's stream, with a cause of its own and one event that counts 1.
func commit(user string, version uint64) eventstore.Commit {
	id := fmt.Sprintf("%s-%d", user, version)
	return eventstore.Commit{
		Stream: stream(user), Version: version, Cause: cause(id), Digest: "d-" + id, Policy: "p1", User: "user of " + user,
		At:   start.Add(time.Duration(version-1) * time.Second),
		Fold: 1, State: json.RawMessage(fmt.Sprintf(`{"sum":%d}`, version)),
		Events: []eventstore.Event{{ID: "e-" + id, Type: counted, Data: json.RawMessage(`{"n":1}`)}},
	}
}

// history is the first n versions of user's stream.
func history(user string, n uint64) []eventstore.Commit {
	out := make([]eventstore.Commit, n)
	for i := range out {
		out[i] = commit(user, uint64(i)+1)
	}
	return out
}

// rival is another decision for a version that commit makes as well.
func rival(user string, version uint64, name string) eventstore.Commit {
	c := commit(user, version)
	c.Cause = cause(fmt.Sprintf("%s-%d-%s", user, version, name))
	return c
}

// recaused is a version that answers the cause of another.
func recaused(user string, version, of uint64) eventstore.Commit {
	c := commit(user, version)
	c.Cause = commit(user, of).Cause
	return c
}

func open(t testing.TB, p Place) eventstore.Store {
	s := p.Open(t, nil)
	t.Cleanup(func() { noError(t, s.Close()) })
	return s
}

func appendAll(t testing.TB, s eventstore.Store, commits ...eventstore.Commit) {
	t.Helper()
	for _, c := range commits {
		noError(t, s.Append(t.Context(), c))
	}
}

func noError(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Fatalf("got error %v, want %v", got, want)
	}
}

func wantGap(t testing.TB, err error, want, found uint64) {
	t.Helper()
	gap, ok := errors.AsType[*eventstore.GapError](err)
	if !ok || gap.Want != want || gap.Found != found {
		t.Fatalf("got error %v, want a gap at version %d before %d", err, want, found)
	}
}

func wantEqual[T any](t testing.TB, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s is\n%+v, want\n%+v", what, got, want)
	}
}

func head(t testing.TB, s eventstore.Reader, stream eventstore.Stream) eventstore.Commit {
	t.Helper()
	c, err := s.Head(t.Context(), stream)
	noError(t, err)
	return c
}

// replay is the stream from version from on, and the error that it ends at.
func replay(t testing.TB, s eventstore.Reader, stream eventstore.Stream, from uint64) (versions []uint64, end error) {
	t.Helper()
	for c, err := range s.Replay(t.Context(), stream, from) {
		if err != nil {
			return versions, err
		}
		versions = append(versions, c.Version)
	}
	return versions, nil
}

func versionsOf(commits []eventstore.Commit) (out []uint64) {
	for _, c := range commits {
		out = append(out, c.Version)
	}
	return out
}
