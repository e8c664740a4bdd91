package decide_test

import (
	"testing"
	"time"

	"countersign/pkg/events/notification"
	"countersign/services/notifier/internal/decide"
)

// An entry is one event as a stream keeps it, and the state that it left.
type entry struct {
	name         string
	data, record []byte
	at           time.Time
	state        string
}

func (h entry) after(t *testing.T, s notification.State) notification.State {
	t.Helper()
	e, err := registry.DecodeStored(h.name, h.data, h.record)
	if err == nil {
		s, err = notification.Evolve(s, e, h.at)
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A question is what was asked when so many events were kept, and what came of it.
type question struct {
	events int
	in     any
	policy decide.Policy
	at     time.Time
	made   string
}

// replay folds the kept history from nothing: step by step it must give the states that the decisions were made on, and on each of them the
// same decisions once more.
func (a *auditor) replay() {
	a.t.Helper()
	var s notification.State
	left := a.asked
	for i := range len(a.history) + 1 {
		for ; len(left) > 0 && left[0].events == i; left = left[1:] {
			q := left[0]
			if made := text(a.t, decides(s, q.in, q.policy, q.at)); made != q.made {
				a.t.Fatalf("%T %+v at %v on the replayed state: decided\n%s\nwant\n%s", q.in, q.in, q.at, made, q.made)
			}
		}
		if i == len(a.history) {
			break
		}
		s = a.history[i].after(a.t, s)
		if got := text(a.t, s); got != a.history[i].state {
			a.t.Fatalf("replayed %s:\n%s\nwant\n%s", a.history[i].name, got, a.history[i].state)
		}
	}
	if len(left) > 0 {
		a.t.Fatalf("%d decisions rest on no state", len(left))
	}
}
