package eventstore_test

import (
	"encoding/json"
	"testing"
	"time"

	"countersign/pkg/worker/eventstore"
)

func valid() eventstore.Commit {
	at := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	return eventstore.Commit{
		Stream: eventstore.Stream{Platform: "acme", Kind: "guard", UserKey: "k3f"}, Version: 1, User: "u", At: at, State: json.RawMessage(`{}`),
		Cause:  eventstore.Cause{Origin: "in", Platform: "acme", Source: "/web", ID: "1"},
		Events: []eventstore.Event{{ID: "e", Type: "countersign.test.counted.v1", Data: json.RawMessage(`{}`)}},
		Timers: []eventstore.Timer{{ID: "t", Type: "countersign.test.due.v1", At: at}},
	}
}

func TestACommitThatAStoreCouldNotKeepIsRefused(t *testing.T) {
	if err := valid().Check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*eventstore.Commit){
		"a stream without platform":        func(c *eventstore.Commit) { c.Stream.Platform = "" },
		"a stream with a slash in a part":  func(c *eventstore.Commit) { c.Stream.UserKey = "a/b" },
		"a stream that is not UTF-8":       func(c *eventstore.Commit) { c.Stream.ID = "\xff" },
		"version 0":                        func(c *eventstore.Commit) { c.Version = 0 },
		"a version of thirteen digits":     func(c *eventstore.Commit) { c.Version = eventstore.MaxVersion + 1 },
		"no cause":                         func(c *eventstore.Commit) { c.Cause = eventstore.Cause{} },
		"no user":                          func(c *eventstore.Commit) { c.User = "" },
		"a user that is not UTF-8":         func(c *eventstore.Commit) { c.User = "\xff" },
		"no state":                         func(c *eventstore.Commit) { c.State = nil },
		"a state that is not UTF-8":        func(c *eventstore.Commit) { c.State = json.RawMessage("\"\xff\"") },
		"no time":                          func(c *eventstore.Commit) { c.At = time.Time{} },
		"a time beyond 64-bit nanoseconds": func(c *eventstore.Commit) { c.At = c.At.AddDate(300, 0, 0) },
		"an event without id":              func(c *eventstore.Commit) { c.Events[0].ID = "" },
		"an event without type":            func(c *eventstore.Commit) { c.Events[0].Type = "" },
		"a record that is not UTF-8":       func(c *eventstore.Commit) { c.Events[0].Record = json.RawMessage("\"\xff\"") },
		"a timer without time":             func(c *eventstore.Commit) { c.Timers[0].At = time.Time{} },
		"a timer without id":               func(c *eventstore.Commit) { c.Timers[0].ID = "" },
	} {
		c := valid()
		spoil(&c)
		if c.Check() == nil {
			t.Errorf("%s passes", name)
		}
	}
}

func TestAGapSaysWhatToDo(t *testing.T) {
	s := valid().Stream
	for want, gap := range map[string]*eventstore.GapError{
		"stream acme/guard/k3f lacks version 3 before 5: restore it from a backup": {Stream: s, Want: 3, Found: 5},
		"stream acme/guard/k3f ends before version 3: restore it from a backup":    {Stream: s, Want: 3},
	} {
		if gap.Error() != want {
			t.Errorf("got %q, want %q", gap, want)
		}
	}
}
