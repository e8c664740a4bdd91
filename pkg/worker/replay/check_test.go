package replay_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/memstore"
	"countersign/pkg/worker/replay"
)

var (
	registry = catalog.New()
	noon     = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
)

// history is a user's guard stream of so many logins, as verify leaves it but for dropped states.
func history(t *testing.T, user string, logins int) []eventstore.Commit {
	t.Helper()
	fold := worker.Kit{Registry: registry}.Guards()
	stream := eventstore.Stream{Platform: "acme", Kind: worker.GuardKind, UserKey: events.UserKey("acme", user)}
	l, list := eventstore.Loaded[guard.State]{Stream: stream}, []eventstore.Commit(nil)
	for i := range logins {
		e := &guard.ChallengeWaived{User: user, LoginID: "l" + strconv.Itoa(i), Reason: guard.NotEnrolled, ExpiresAt: noon.Add(time.Hour)}
		data, record, err := events.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		id := stream.String() + strconv.Itoa(i)
		c, err := eventstore.Next(l, fold, eventstore.Commit{
			Stream: stream, At: noon.Add(time.Duration(i) * time.Second), User: user, Policy: "p1",
			Cause:  eventstore.Cause{Origin: events.In, Platform: "acme", Source: "/acme", ID: id},
			Events: []eventstore.Event{{ID: id, Type: e.EventType(), Data: data, Record: record}},
		})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
		l.Version, l.At, l.Head = c.Version, c.At, c
		l.State = guard.State{}
		if err := json.Unmarshal(c.State, &l.State); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// open is a store of what the commits make together.
func open(t *testing.T, commits []eventstore.Commit) *memstore.Store {
	t.Helper()
	d := memstore.NewDisk()
	if err := errors.Join(d.Insert(commits)...); err != nil {
		t.Fatal(err)
	}
	s := memstore.Open(d, nil)
	t.Cleanup(func() { _ = s.Close() })
	if err := s.PutPolicy(t.Context(), "p1", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	return s
}

// check returns what is found, and what is told, in order.
func check(t *testing.T, commits []eventstore.Commit) (found []string, told []replay.Count) {
	t.Helper()
	err := replay.Check{
		Store: open(t, commits), Registry: registry, Told: func(c replay.Count) { told = append(told, c) },
		Found: func(f replay.Finding) { found = append(found, f.String()) },
	}.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found, told
}

// A fault is something wrong with a stream of five versions, and what is said of it behind the stream's name.
type fault struct {
	name  string
	wrong func([]eventstore.Commit) []eventstore.Commit
	want  []string
}

// at changes one version.
func at(version int, change func(*eventstore.Commit)) func([]eventstore.Commit) []eventstore.Commit {
	return func(h []eventstore.Commit) []eventstore.Commit { change(&h[version-1]); return h }
}

var faults = []fault{
	{"nothing", at(5, func(*eventstore.Commit) {}), nil},
	{"states that were dropped", func(h []eventstore.Commit) []eventstore.Commit {
		for i := range h[:4] {
			h[i].State = nil
		}
		return h
	}, nil},
	{"a state of an older fold", at(5, func(c *eventstore.Commit) { c.Fold, c.State = guard.Fold-1, []byte(`{"old":true}`) }), nil},
	{"a state in which a field is another", at(4, func(c *eventstore.Commit) { c.State = []byte(strings.Replace(string(c.State), `"l3"`, `"canary"`, 1)) }),
		[]string{"version 4 keeps another state than its events fold to, in logins"}},
	{"a state with a field that nobody knows", at(5, func(c *eventstore.Commit) { c.State = []byte(`{"canary":1,` + string(c.State[1:])) }),
		[]string{"version 5 keeps another state than its events fold to, in a field that this release does not know"}},
	{"a state that is none", at(5, func(c *eventstore.Commit) { c.State = []byte(`["canary"]`) }), []string{"version 5 keeps a state that cannot be read"}},
	{"an event that is another", at(2, func(c *eventstore.Commit) {
		c.Events[0].Data = []byte(strings.Replace(string(c.Events[0].Data), `"l1"`, `"canary"`, 1))
	}),
		[]string{
			"version 2 keeps another state than its events fold to, in logins", "version 3 keeps another state than its events fold to, in logins",
			"version 4 keeps another state than its events fold to, in logins", "version 5 keeps another state than its events fold to, in logins",
		}},
	{"a missing version", func(h []eventstore.Commit) []eventstore.Commit { return append(h[:2:2], h[3:]...) },
		[]string{"version 4 stands where version 3 is missing"}},
	{"a missing beginning", func(h []eventstore.Commit) []eventstore.Commit { return h[1:] }, []string{"version 2 stands where version 1 is missing"}},
	{"an event of a type that nobody knows", at(3, func(c *eventstore.Commit) { c.Events[0].Type = "countersign.canary.seen.v1" }),
		[]string{"version 3 holds an event of a type that this release does not know"}},
	{"an event that cannot be read", at(3, func(c *eventstore.Commit) { c.Events[0].Data = []byte(`{"user":{"canary":1}}`) }),
		[]string{"version 3 holds an event that cannot be folded"}},
	{"an event of another stream", at(3, func(c *eventstore.Commit) { c.Events[0].Type = recovery.CompletedType }),
		[]string{"version 3 holds an event of a type that this release does not know"}},
	{"a newer fold", at(5, func(c *eventstore.Commit) { c.Fold += 2 }), []string{"version 5 was written by a newer release, which can check it"}},
	{"a commit of another user", at(3, func(c *eventstore.Commit) { c.User = "canary" }), []string{"version 3 is of another user than the versions before it"}},
	{"a time that runs back", at(3, func(c *eventstore.Commit) { c.At = noon }), []string{"version 3 is earlier than the version before it"}},
	{"a policy that is not kept", func(h []eventstore.Commit) []eventstore.Commit { h[2].Policy, h[3].Policy = "p2", "p2"; return h },
		[]string{"version 3 is the first that names a policy which is not kept"}},
}

func TestWhatDoesNotHoldIsFound(t *testing.T) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			h := history(t, "ann-1", 5)
			stream := h[0].Stream.String()
			found, told := check(t, append(f.wrong(h), history(t, "bob-1", 3)...))
			for i, line := range found {
				if strings.Contains(line, "canary") {
					t.Errorf("it shows what it ought not to: %s", line)
				}
				found[i] = strings.TrimPrefix(line, stream+" ")
			}
			if !slices.Equal(found, f.want) {
				t.Errorf("found\n%s\nwant\n%s", strings.Join(found, "\n"), strings.Join(f.want, "\n"))
			}
			if g := told[1]; g.Kind != worker.GuardKind || g.Streams != 2 || g.Findings != len(f.want) || !g.Done {
				t.Errorf("counted %+v", g)
			}
		})
	}
}

func TestALongCheckTellsHowFarItIs(t *testing.T) {
	commits := history(t, "ann-1", 1)
	for i := range 10_000 {
		c := commits[0]
		c.Stream.UserKey = "k" + strconv.Itoa(i)
		commits = append(commits, c)
	}
	_, told := check(t, commits)
	want := []replay.Count{
		{Kind: worker.EnrollmentKind, Done: true}, {Kind: worker.GuardKind, Streams: 10_000, Commits: 10_000},
		{Kind: worker.GuardKind, Streams: 10_001, Commits: 10_001, Done: true}, {Kind: worker.NotificationKind, Done: true},
		{Kind: worker.RecoveryKind, Done: true},
	}
	if !slices.Equal(told, want) {
		t.Errorf("told %+v", told)
	}
}

func TestAStoreThatCannotBeReadIsNoFinding(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := replay.Check{
		Store: open(t, history(t, "ann-1", 2)), Registry: registry,
		Told: func(replay.Count) {}, Found: func(f replay.Finding) { t.Error(f) },
	}.Run(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("it ended with %v", err)
	}
}

// What a newer release wrote is read, where it says that this one may.
func TestTheStateOfTheNextFoldIsNotCompared(t *testing.T) {
	h := history(t, "ann-1", 2)
	h[1].Fold, h[1].State = guard.Fold+1, []byte(`{"next":true}`)
	if found, _ := check(t, h); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}
