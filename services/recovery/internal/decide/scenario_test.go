package decide_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
	"countersign/services/recovery/internal/decide"
)

func without(contact recovery.Contact) deed {
	return func(w *world) {
		if contact == recovery.Email {
			w.evidence.Email = nil
		} else {
			w.evidence.Phone = nil
		}
	}
}

func noFactor(w *world) { w.evidence.HasFactor = false }

// changed is a contact that took the place of another, so long ago.
func changed(contact recovery.Contact, ago time.Duration) deed {
	return func(w *world) {
		c := &decide.Contact{Hint: "new", Since: w.now.Add(-ago), Replaced: true}
		if contact == recovery.Email {
			w.evidence.Email = c
		} else {
			w.evidence.Phone = c
		}
	}
}

func added(contact recovery.Contact) deed {
	return func(w *world) {
		changed(contact, 0)(w)
		w.evidence.Phone.Replaced = false
	}
}

func steps(list ...recovery.Step) deed {
	return func(w *world) { w.policy.Recovery.Steps = list }
}

func under(change func(*policy.Policy)) deed { return func(w *world) { change(&w.policy) } }

func times(n int, list ...deed) deed {
	return func(w *world) {
		for range n {
			for _, d := range list {
				d(w)
			}
		}
	}
}

// A scenario is one sentence about what becomes of the last deed.
type scenario struct {
	name  string
	given []deed
	when  deed
	then  []string
}

func given(list ...deed) []deed { return list }

func says(lines ...string) []string { return lines }

func run(t *testing.T, table []scenario) {
	for _, s := range table {
		t.Run(strings.ReplaceAll(s.name, " ", "_"), func(t *testing.T) {
			w := newWorld(t)
			for i, d := range s.given {
				if d(w); w.no != nil {
					t.Fatalf("given %d: %v", i, w.no)
				}
			}
			s.when(w)
			if got := w.tell(); !slices.Equal(got, s.then) {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(s.then, "\n  "))
			}
		})
	}
}
