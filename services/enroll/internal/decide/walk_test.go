package decide_test

import (
	"slices"
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
	d, no := decide.Decide(w.state, caused(in, w.n), under(nil), w.now)
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
	case decide.RecoveryCodesRequested:
		in.Request = r
		return in
	case decide.RevealAsked:
		in.Request = r
		return in
	case decide.Bounced:
		in.Request = r
		return in
	case decide.Arrived:
		in.Request = r
		return in
	}
	return in
}

func TestAUserAddsANumberThenANewPhoneThenLeaves(t *testing.T) {
	w := newWalk(t)
	w.do(request(events.TOTP, passwordAt(0)))
	w.do(submit(w.open(), fits(100), codeLogin(unproven("L0"))))
	w.later(minute)
	w.do(request(events.SMS, passwordAt(minute), withPhone, withLogin(acceptedAt("L1", minute))))
	w.do(submit(w.open(), fitsSent))
	w.later(minute)
	w.do(request(events.TOTP, passwordAt(2*minute), withLogin(acceptedAt("L2", 2*minute))))
	w.do(submit(w.open(), fits(200)))
	if kinds := w.kinds(); !slices.Equal(kinds, []events.Factor{events.SMS, events.TOTP}) {
		t.Fatalf("active are %v", kinds)
	}
	if d, _ := w.state.Default(); d.Factor != events.TOTP || d.Step != 200 {
		t.Fatalf("default is %+v", d)
	}
	w.later(minute)
	w.do(remove(enrollment.All, 3*minute, acceptedAt("L3", 3*minute)))
	if w.state.HasFactor() {
		t.Fatalf("active are %v", w.kinds())
	}
}
