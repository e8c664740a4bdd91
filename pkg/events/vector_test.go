package events_test

import (
	"encoding/json"
	"os"
	"testing"

	"countersign/pkg/events"
)

// The vectors are promises to those who write a client in another language: they never change.
func vectors[T any](t *testing.T, file string) []T {
	t.Helper()
	text, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	var list []T
	if err := json.Unmarshal(text, &list); err != nil || len(list) == 0 {
		t.Fatalf("read %s: %v", file, err)
	}
	return list
}

func TestUserKeys(t *testing.T) {
	type vector struct{ Platform, User, Userkey string }
	for _, v := range vectors[vector](t, "userkeys.json") {
		if got := events.UserKey(v.Platform, v.User); got != v.Userkey {
			t.Errorf("%s, %q: got %s", v.Platform, v.User, got)
		}
	}
}

func TestDerivedIDs(t *testing.T) {
	type vector struct {
		Parts []string
		ID    string
	}
	for _, v := range vectors[vector](t, "derivedids.json") {
		if got := events.DerivedID(v.Parts...); got != v.ID {
			t.Errorf("%q: got %s", v.Parts, got)
		}
	}
}

func TestMessageIDs(t *testing.T) {
	type vector struct{ Platform, Source, ID, MessageID string }
	seen := map[string]vector{}
	for _, v := range vectors[vector](t, "messageids.json") {
		got := events.MessageID(v.Platform, events.Envelope{Source: v.Source, ID: v.ID})
		if got != v.MessageID {
			t.Errorf("%+v: got %s", v, got)
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%+v and %+v share a message id", v, other)
		}
		seen[got] = v
	}
}
