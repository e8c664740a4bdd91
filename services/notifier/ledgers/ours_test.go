package ledgers_test

import (
	"fmt"
	"strings"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/workertest"
)

// A try is one that our ledger has.
type try struct {
	provider string
	said     string // its outcome as its own process kept it: taken, or a reason; "" for none
	found    bool   // its provider said later that it has the message
	settled  bool   // its provider said later that it has no such message
}

// doubt is whether nobody knows what became of it.
func (t try) doubt() bool { return (t.said == "" || t.said == unknown) && !t.found && !t.settled }

const taken = "taken"

// ours is what our ledger has of one notification.
type ours struct {
	id    string
	tries []try
	end   string // taken, or a reason
}

// read folds a stream by hand: it is what the test trusts.
func read(t *testing.T, h *workertest.House, stream eventstore.Stream) ours {
	t.Helper()
	o, registry := ours{id: stream.ID}, catalog.New()
	for c, err := range h.Store.Replay(t.Context(), stream, 1) {
		if err != nil {
			t.Fatal(err)
		}
		for _, kept := range c.Events {
			e, err := registry.DecodeStored(kept.Type, kept.Data, kept.Record)
			if err != nil {
				t.Fatal(err)
			}
			o.note(t, e, strings.Contains(c.Cause.ID, "/end/"))
		}
	}
	return o
}

// note: what the process that made a try says of it is told from what was found out later.
func (o *ours) note(t *testing.T, e events.Event, own bool) {
	switch e := e.(type) {
	case *notification.Sending:
		if last := len(o.tries) - 1; e.Settled {
			o.tries[last].settled = true
		}
		o.tries = append(o.tries, try{provider: e.Provider})
	case *notification.Sent:
		o.outcome(e.Record.Try, own, taken)
		o.ends(t, e.Outcome, taken)
	case *notification.Failed:
		o.outcome(e.Record.Try, own, string(e.Reason))
		o.ends(t, e.Outcome, string(e.Reason))
	case *notification.Suppressed:
		o.ends(t, e.Outcome, string(e.Reason))
	}
}

func (o *ours) outcome(n int, own bool, said string) {
	switch {
	case n == 0 || n > len(o.tries):
	case own:
		o.tries[n-1].said = said
	case said == taken:
		o.tries[n-1].found = true
	case said == string(notification.ProviderDown):
		o.tries[n-1].settled = true
	}
}

func (o *ours) ends(t *testing.T, said notification.Outcome, as string) {
	if !said.Final {
		return
	}
	if o.end != "" {
		t.Errorf("%s ends as %s and as %s", o.id, o.end, as)
	}
	o.end = as
}

// tell counts the tries that did not go smoothly.
func (o ours) tell(tally map[string]int) {
	for _, t := range o.tries {
		if t.said == "" {
			tally["tries cut off"]++
		}
		if t.found {
			tally["tries found"]++
		}
		if t.settled {
			tally["tries denied"]++
		}
	}
}

func (o ours) String() string { return fmt.Sprintf("%s %s %+v", o.id, o.end, o.tries) }
