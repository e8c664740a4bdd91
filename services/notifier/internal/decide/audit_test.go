package decide_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/notification"
	"countersign/services/notifier/internal/decide"
)

var registry = catalog.New()

// An auditor goes through the life of one notification, and checks after every decision what always holds.
type auditor struct {
	t       *testing.T
	state   notification.State
	policy  decide.Policy
	now     time.Time
	expires time.Time
	history []entry
	asked   []question
	last    decide.Decision
	calling []int          // tries of which the provider was called and has not answered
	timers  []decide.Timer // that have not come
}

func newAuditor(t *testing.T) *auditor {
	return &auditor{t: t, policy: three(), now: noon, expires: noon.Add(time.Hour)}
}

// decides puts a question to the rule that answers it.
func decides(s notification.State, in any, p decide.Policy, now time.Time) decide.Decision {
	switch in := in.(type) {
	case decide.Due:
		return decide.Begin(s, in, p, now)
	case decide.Ended:
		return decide.End(s, "u1", in, p, now)
	case decide.Reported:
		return decide.Report(s, "u1", in, p, now)
	}
	panic("nobody asks this")
}

func (a *auditor) ask(in any) {
	a.t.Helper()
	before, shown := a.state, text(a.t, a.state)
	a.last = decides(a.state, in, a.policy, a.now)
	if text(a.t, a.state) != shown {
		a.t.Fatalf("%T changes the state that it is decided on", in)
	}
	a.asked = append(a.asked, question{events: len(a.history), in: in, policy: a.policy, at: a.now, made: text(a.t, a.last)})
	a.keep()
	a.holds(before, in)
}

// keep folds what was decided, as a store gives it back.
func (a *auditor) keep() {
	for _, e := range a.last.Events {
		if err := e.Validate(); err != nil {
			a.t.Fatalf("%s: %v", e.EventType(), err)
		}
		data, record, err := events.Marshal(e)
		if err != nil {
			a.t.Fatal(err)
		}
		h := entry{name: e.EventType(), data: data, record: record, at: a.now}
		a.state = h.after(a.t, a.state)
		h.state = text(a.t, a.state)
		a.history = append(a.history, h)
		if s, ok := e.(*notification.Sending); ok {
			a.calling = append(a.calling, s.Try)
		}
	}
	a.timers = append(a.timers, a.last.Timers...)
}

func (a *auditor) holds(s notification.State, in any) {
	a.t.Helper()
	d := a.last
	for name, broken := range map[string]bool{
		"something follows the end":          s.Final && (len(d.Events) > 0 || len(d.Timers) > 0),
		"a wait is beside events":            !d.Wait.IsZero() && (len(d.Events) > 0 || len(d.Timers) > 0 || d.Call),
		"a wait is over":                     !d.Wait.IsZero() && !d.Wait.After(a.now),
		"a call is not kept":                 d.Call != (a.state.Try > s.Try),
		"an arrival is told that nobody saw": a.state.Status == notification.StatusDelivered && s.Status != a.state.Status && !arrival(in),
		"what may come again has no timer":   len(d.Events) > 0 && comesAgain(a.state) != (len(d.Timers) == 1),
		"a timer is of another try":          len(d.Timers) > 0 && !a.names(d.Timers[0]),
	} {
		if broken {
			a.t.Fatalf("%s: %T %+v on %s at %v made %s", name, in, in, text(a.t, s), a.now, text(a.t, d))
		}
	}
	if d.Call {
		a.mayCall(s, in.(decide.Due))
	}
}

func arrival(in any) bool { r, ok := in.(decide.Reported); return ok && r.Arrived }

// comesAgain is what waits for a time of its own.
func comesAgain(s notification.State) bool {
	return !s.Final && (s.Status == notification.StatusFailed || s.Status == notification.StatusDeferred)
}

// names reports whether a timer is of the next try, when the state says, while somebody is served by it.
func (a *auditor) names(t decide.Timer) bool {
	due := t.Event.(*notification.RetryDue)
	return due.Try == a.state.Try+1 && t.At.Equal(a.state.RetryAt) && !t.At.Before(a.now) && t.At.Before(a.expires)
}

func (a *auditor) mayCall(s notification.State, in decide.Due) {
	a.t.Helper()
	denied := in.Last.Try == s.Try && in.Last.Evidence == decide.NotTaken
	cut := s.Status == notification.StatusSending
	for name, broken := range map[string]bool{
		"more tries than policy has":              a.state.Try > a.policy.Tries || a.state.Try != s.Try+1,
		"nobody would be served":                  !in.Stands || in.Unfit || !a.now.Before(a.expires) || in.Provider == "",
		"its time has not come":                   a.now.Before(s.RetryAt),
		"it was taken":                            s.Status == notification.StatusSent || s.Status == notification.StatusDelivered,
		"another may be calling":                  cut && a.now.Sub(s.Since) < a.policy.Call,
		"what may have gone out goes out again":   s.Status == notification.StatusFailed && s.Reason == notification.UnknownOutcome && !denied,
		"the provider of what was cut off has it": cut && in.Last.Try == s.Try && (in.Last.Evidence == decide.Taken || in.Last.Evidence == decide.Unclear),
	} {
		if broken {
			a.t.Fatalf("a call is made though %s: %+v on %s at %v", name, in, text(a.t, s), a.now)
		}
	}
}

func text(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// answers takes one of the calls off the list.
func (a *auditor) answers(i int) (try int, ok bool) {
	if len(a.calling) == 0 {
		return 0, false
	}
	i %= len(a.calling)
	try = a.calling[i]
	a.calling = slices.Delete(a.calling, i, i+1)
	return try, true
}
