package decide_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/decider"
)

// keeps puts the last answer into the history, a refusal as well, unless it shares a commit as one to type.
func (w *world) keeps(name string) bool {
	w.t.Helper()
	w.state = w.before
	row, _ := registry.Lookup(name)
	d := decider.Decision{Events: w.made.Events, Timers: make([]decider.Timer, len(w.made.Timers))}
	if w.no != nil {
		d.Events = []events.Event{&events.RequestRejected{User: user, Code: w.no.Code}}
	}
	if decider.Shares(decider.Request{Type: row}, w.before, d, w.now) {
		return false
	}
	next, err := recovery.Evolve(w.before, d.Events[0], w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	w.state = next
	return true
}

func TestWhatChangesNothingIsKeptOnceASecond(t *testing.T) {
	for name, c := range map[string]struct {
		given []deed
		ask   deed
	}{
		"a case that is open, asked for again": {given(asks("L1")), asks("L1")},
		"a login that nobody started":          {nil, asksUnknown("L1")},
		"a password that is old":               {nil, asksWith("L1", hour)},
		"a case beside one of support":         {given(supports("s1", "t")), asks("L1")},
		"cases above the limit":                {given(asks("L1"), asks("L2"), asks("L3"), asks("L4"), asks("L5")), asks("L6")},
	} {
		w := newWorld(t)
		for _, d := range c.given {
			d(w)
		}
		for i, kept := range []bool{true, false, false, true, false} {
			if c.ask(w); w.keeps(recovery.RequestedType) != kept {
				t.Errorf("%s, number %d: %v", name, i+1, w.tell())
			}
			w.now = w.now.Add(400 * time.Millisecond)
		}
	}
}

// Staff are answered for ever: a case that is cancelled is not to be opened once more by an old message.
func TestWhatStaffAskIsAlwaysKept(t *testing.T) {
	w := newWorld(t)
	supports("s1", "t")(w)
	for range 3 {
		if asks("L1")(w); w.no == nil {
			t.Fatal("a case was opened beside one of support")
		}
		w.keeps(recovery.RequestedType)
		if supports("s1", "t")(w); !w.keeps(recovery.SupportRequestedType) {
			t.Error("a case of support that is asked for again shares a commit")
		}
		if approves("s1")(w); !w.keeps(recovery.ApprovalGivenType) {
			t.Error("an approval that is refused shares a commit")
		}
	}
}
