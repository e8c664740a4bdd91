package decide_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
	"countersign/services/recovery/internal/decide"
)

// An auditor keeps books of its own of what was asked, said and proven, apart from State, and compares.
type auditor struct {
	*world
	tickets   map[string][]decide.Browser // by person, oldest first
	books     map[string]*book            // by case
	timers    []events.Event
	lastProof string
	missed    []time.Time // wrong codes
	mailed    []time.Time
	texted    []time.Time
	supported []time.Time
	history   []entry
	decisions []decision
	text      string // the state as JSON
}

// A book is what was proven of one case.
type book struct {
	steps     []recovery.Step
	proven    []recovery.Step // since the newest claim
	holder    string          // whose browser made that claim
	claim     uint64
	bound     bool
	links     uint64 // newest sending
	linkUntil time.Time
	texts     uint64 // newest sending
	textUntil time.Time
	wrong     int // codes for that sending
	printed   int // wrong recovery codes
	proofs    []string
	requester string
	support   bool
	until     time.Time // its time is over then
	waitUntil time.Time // end of the wait that is running
	end       string
}

// An entry is one event as a stream keeps it, and the state after it.
type entry struct {
	at           time.Time
	name         string
	data, record []byte
	state        string
}

// A decision is what was asked when so many events stood in the history, and what came of it.
type decision struct {
	events int
	in     decide.Input
	policy policy.Policy
	at     time.Time
	made   decide.Decision
	no     *events.Rejection
}

func newAuditor(t testing.TB) *auditor {
	a := &auditor{world: newWorld(t), tickets: map[string][]decide.Browser{}, books: map[string]*book{}, text: "{}"}
	near(&a.policy)
	return a
}

// check asks, and compares the answer with the books.
func (a *auditor) check(in decide.Input, person string) {
	a.t.Helper()
	before := a.state
	again, _ := decide.Decide(before, in, a.policy, a.now)
	a.decide(in)
	a.decisions = append(a.decisions, decision{len(a.history), in, a.policy, a.now, a.made, a.no})
	if !reflect.DeepEqual(a.made, again) {
		a.t.Fatalf("%T: decided twice, it came out differently", in)
	}
	if encode(a.t, before) != a.text {
		a.t.Fatalf("%T: the state came back changed from JSON, or the fold changed what it was given", in)
	}
	a.keep(before)
	a.answered(in)
	a.looked(before, in)
	for _, e := range a.made.Events {
		a.audit(in, person, e)
	}
	for _, timer := range a.made.Timers {
		a.timers = append(a.timers, timer.Event)
	}
	for id, b := range a.books {
		a.holds(b.end == "completed" || !a.state.Completed(id), "a case counts as completed that is not")
	}
	a.told()
	a.bounded()
	if len(a.made.Events) > 0 {
		a.roundTrip()
	}
}

func encode(t testing.TB, v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var registry = catalog.New()

// keep writes down what was committed, event by event.
func (a *auditor) keep(s recovery.State) {
	for _, e := range a.made.Events {
		if err := e.Validate(); err != nil {
			a.t.Fatalf("%s is not valid: %v", e.EventType(), err)
		}
		next, err := recovery.Evolve(s, e, a.now)
		if err != nil {
			a.t.Fatal(err)
		}
		s = next
		data, record, err := events.Marshal(e)
		if err != nil {
			a.t.Fatal(err)
		}
		a.history = append(a.history, entry{at: a.now, name: e.EventType(), data: data, record: record, state: encode(a.t, s)})
	}
}

// roundTrip goes the way of a store.
func (a *auditor) roundTrip() {
	a.text = encode(a.t, a.state)
	a.state = recovery.State{}
	if err := json.Unmarshal([]byte(a.text), &a.state); err != nil {
		a.t.Fatal(err)
	}
	if len(a.text) > 64<<10 {
		a.t.Fatalf("the state has %d bytes", len(a.text))
	}
}

// replay folds the kept history from nothing: step by step it must give the states that the decisions were made on, and from them every
// decision once more.
func (a *auditor) replay() {
	var s recovery.State
	for i := range len(a.history) + 1 {
		for ; len(a.decisions) > 0 && a.decisions[0].events == i; a.decisions = a.decisions[1:] {
			a.decisions[0].again(a.t, s)
		}
		if i < len(a.history) {
			s = a.history[i].after(a.t, s)
		}
	}
	if len(a.decisions) > 0 {
		a.t.Fatalf("%d decisions were not made again", len(a.decisions))
	}
}

func (h entry) after(t testing.TB, s recovery.State) recovery.State {
	e, err := registry.DecodeStored(h.name, h.data, h.record)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = recovery.Evolve(s, e, h.at); err != nil {
		t.Fatal(err)
	}
	if got := encode(t, s); got != h.state {
		t.Fatalf("replayed %s:\n%s\nwant\n%s", h.name, got, h.state)
	}
	return s
}

func (d decision) again(t testing.TB, s recovery.State) {
	if made, no := decide.Decide(s, d.in, d.policy, d.at); !reflect.DeepEqual(made, d.made) || !reflect.DeepEqual(no, d.no) {
		t.Fatalf("%T: decided on the replayed state, it came out as %+v, %v", d.in, made, no)
	}
}
