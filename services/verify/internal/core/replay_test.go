package core

import (
	"reflect"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/policy"
)

// A question is what was asked when so many events were kept, and what came of it.
type question struct {
	events int
	in     Input
	policy policy.Policy
	at     time.Time
	made   Decision
	no     *events.Rejection
}

// asks writes down what is asked.
func (w *auditor) asks(in Input) {
	q := question{events: len(w.history), in: in, policy: w.policy, at: w.now}
	w.ask(in)
	q.made, q.no = w.last, w.refused
	w.asked = append(w.asked, q)
}

// replay folds the kept history from nothing: step by step it must give the states that the decisions were made on, and on each of them the
// same decisions once more. Nothing but state, input, policy and time decides, and nothing is in the state that no event holds.
func (w *auditor) replay() {
	var s guard.State
	left := w.asked
	for i := range len(w.history) + 1 {
		for ; len(left) > 0 && left[0].events == i; left = left[1:] {
			w.decidesAlike(s, left[0])
		}
		if i < len(w.history) {
			s = w.again(s, w.history[i])
		}
	}
	if got, want := mustJSON(w.t, s), mustJSON(w.t, w.state); got != want || len(left) > 0 {
		w.t.Fatalf("replayed, with %d decisions left:\n%s\nwant\n%s", len(left), got, want)
	}
}

func (w *auditor) decidesAlike(s guard.State, q question) {
	if made, no := Decide(s, q.in, &q.policy, q.at); !reflect.DeepEqual(made, q.made) || !reflect.DeepEqual(no, q.no) {
		w.t.Fatalf("%T on the replayed state: decided\n%s %v\nwant\n%s %v", q.in, mustJSON(w.t, made), no, mustJSON(w.t, q.made), q.no)
	}
}

func (w *auditor) again(s guard.State, h entry) guard.State {
	e, err := registry.DecodeStored(h.name, h.data, h.record)
	if err == nil {
		s, err = guard.Evolve(s, e, h.at)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	if got := mustJSON(w.t, s); got != h.state {
		w.t.Fatalf("replayed %s:\n%s\nwant\n%s", h.name, got, h.state)
	}
	return s
}
