package decider_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
)

const tooMuch = 101 // is refused

func refusable(id string, after time.Duration) *bus.Delivery {
	d := ask(id, tooMuch)
	d.Stored = d.Stored.Add(after)
	return d
}

// heardOf is what was said because of a message.
func (w *worker) heardOf(id string) (ids []string) {
	for _, e := range w.heard() {
		if e.CausationID == id {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

func TestWhatChangesNothingSharesACommitASecond(t *testing.T) {
	w := newWorker(t)
	var flood []*bus.Delivery
	for i := range 30 {
		flood = append(flood, refusable("e"+strconv.Itoa(i), time.Duration(i)*100*time.Millisecond))
		w.deliver(flood[i])
	}
	for _, d := range slices.Backward(flood) { // its acknowledgement was lost
		d.Deliveries++
		w.deliver(d)
		w.deliver(d)
	}
	if n := w.versions(); n != 3 {
		t.Errorf("%d commits in three seconds", n)
	}
	for i := range flood {
		w.deliver(refusable("e"+strconv.Itoa(i), time.Duration(i)*100*time.Millisecond)) // asked again on purpose
		if ids := w.heardOf("e" + strconv.Itoa(i)); len(ids) < 2 || len(slices.Compact(ids)) != 1 {
			t.Errorf("e%d was answered by %v", i, ids)
		}
	}
}

func TestASharedAnswerIsTheSameWhenItIsGivenAgainByACommit(t *testing.T) {
	w := newWorker(t)
	shared := refusable("e2", time.Millisecond)
	w.deliver(refusable("e1", 0))
	w.deliver(shared)
	if n := w.versions(); n != 1 {
		t.Fatalf("%d commits", n)
	}
	later := ask("e3", 1)
	later.Stored = noon.Add(time.Minute / 2)
	w.deliver(later)
	w.deliver(shared)
	w.deliver(shared)
	if ids := w.heardOf("e2"); w.versions() != 3 || len(slices.Compact(ids)) != 1 {
		t.Errorf("answered by %v, %d commits", ids, w.versions())
	}
}

func TestWhatStaffAskIsAlwaysKept(t *testing.T) {
	w := newWorker(t)
	w.registry = registryOf("admin")
	w.assemble()
	for i := range 5 {
		w.deliver(refusable("e"+strconv.Itoa(i), 0))
	}
	if n := w.versions(); n != 5 {
		t.Errorf("%d commits of 5 refusals", n)
	}
}

func TestWhatMoreFollowsFromSharesNothing(t *testing.T) {
	byUser := decider.Request{Type: events.Type{Direction: events.In, Role: "settings"}}
	no := &events.RequestRejected{}
	for name, c := range map[string]struct {
		r    decider.Request
		d    decider.Decision
		last time.Time
		want bool
	}{
		"an answer alone":       {byUser, decider.Decision{Events: []events.Event{no}}, noon, true},
		"with another event":    {byUser, decider.Decision{Events: []events.Event{no, &noted{}}}, noon, false},
		"with a timer":          {byUser, decider.Decision{Events: []events.Event{no}, Timers: make([]decider.Timer, 1)}, noon, false},
		"that changes anything": {byUser, decider.Decision{Events: []events.Event{&counted{}}}, noon, false},
		"nothing at all":        {byUser, decider.Decision{}, noon, false},
		"the first":             {byUser, decider.Decision{Events: []events.Event{no}}, time.Time{}, false},
		"to a worker":           {decider.Request{Type: events.Type{Direction: events.Out}}, decider.Decision{Events: []events.Event{no}}, noon, false},
		"to a question":         {decider.Request{Type: events.Type{Direction: decider.Asked}}, decider.Decision{Events: []events.Event{no}}, noon, false},
	} {
		if got := decider.Shares(c.r, tally{QuietAt: c.last}, c.d, noon.Add(time.Second-1)); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
