package decide_test

import (
	"encoding/json"
	"reflect"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/enrollment"
	"countersign/services/enroll/internal/decide"
)

var registry = catalog.New()

// written is what a store keeps of an event.
type written struct {
	name         string
	data, record json.RawMessage
	at           time.Time
}

// A question is what was asked when so many events were written, and what came of it.
type question struct {
	events int
	in     decide.Input
	at     time.Time
	made   decide.Decision
	no     *events.Rejection
}

func (s *soak) write(list []events.Event) {
	for _, e := range list {
		data, record, err := events.Marshal(e)
		if err != nil {
			s.t.Fatal(err)
		}
		s.history = append(s.history, written{e.EventType(), data, record, s.now})
	}
}

// replay folds what was written from nothing, and makes every decision once more on the state of its moment: nothing but state, input, policy
// and time decides, and nothing is in the state that no event holds.
func (s *soak) replay() {
	var state enrollment.State
	for i := range len(s.history) + 1 {
		for ; len(s.questions) > 0 && s.questions[0].events == i; s.questions = s.questions[1:] {
			q := s.questions[0]
			if made, no := decide.Decide(state, q.in, s.policy, q.at); !reflect.DeepEqual(made, q.made) || !reflect.DeepEqual(no, q.no) {
				s.t.Fatalf("%T: decided on the replayed state, it came out as %v", q.in, tell(made, no, q.at))
			}
		}
		if i < len(s.history) {
			state = s.again(state, s.history[i])
		}
	}
	if got := s.encode(state); got != s.text || len(s.questions) > 0 {
		s.t.Fatalf("replayed, the stream is\n%s\nand was\n%s", got, s.text)
	}
}

func (s *soak) again(state enrollment.State, w written) enrollment.State {
	e, err := registry.DecodeStored(w.name, w.data, w.record)
	if err == nil {
		state, err = enrollment.Evolve(state, e, w.at)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return state
}
