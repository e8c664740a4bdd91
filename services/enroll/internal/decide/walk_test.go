package decide_test

import (
	"strconv"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/services/enroll/internal/decide"
)

// A walk does one thing after the other, each as a cause of its own.
type walk struct {
	t     *testing.T
	state enrollment.State
	now   time.Time
	n     int
}

func newWalk(t *testing.T) *walk { return &walk{t: t, now: noon} }

func (w *walk) do(in decide.Input) {
	w.t.Helper()
	w.n++
	d, no := decide.Decide(w.state, caused(in, w.n), policy(nil), w.now)
	if no != nil {
		w.t.Fatalf("step %d: %v", w.n, no)
	}
	w.state = after(w.t, w.state, d, w.now)
}

func (w *walk) later(d time.Duration) { w.now = w.now.Add(d) }

func (w *walk) open() string {
	w.t.Helper()
	p, ok := w.state.Pending(w.now)
	if !ok {
		w.t.Fatalf("step %d: nothing is pending", w.n)
	}
	return p.ID
}

func (w *walk) kinds() []events.Factor {
	var list []events.Factor
	for _, a := range w.state.Active() {
		list = append(list, a.Factor)
	}
	return list
}

func after(t testing.TB, s enrollment.State, d decide.Decision, now time.Time) enrollment.State {
	t.Helper()
	for _, e := range d.Events {
		next, err := enrollment.Evolve(s, e, now)
		if err != nil {
			t.Fatalf("fold %s: %v", e.EventType(), err)
		}
		s = next
	}
	return s
}

// caused gives an input the n-th cause.
func caused(in decide.Input, n int) decide.Input {
	r := decide.Request{User: user, Cause: "c" + strconv.Itoa(n), ID: "ce"}
	switch in := in.(type) {
	case decide.Requested:
		in.Request = r
		return in
	case decide.CodeSubmitted:
		in.Request = r
		return in
	case decide.ResendRequested:
		in.Request = r
		return in
	case decide.RemovalRequested:
		in.Request = r
		return in
	case decide.ContactsReported:
		in.Request = r
		return in
	case decide.ResetRequested:
		in.Request = r
		return in
	}
	return in
}
