package decide_test

import (
	"fmt"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker/decider"
	"countersign/services/enroll/internal/decide"
)

// askedBy is the row of what a platform sends for an input; none for what nobody sent.
func askedBy(in decide.Input) events.Type {
	fact := map[string]string{
		"decide.Requested": enrollment.RequestedType, "decide.ResendRequested": enrollment.ResendRequestedType,
		"decide.CodeSubmitted": enrollment.CodeSubmittedType, "decide.RemovalRequested": enrollment.RemovalRequestedType,
		"decide.ContactsReported": enrollment.ContactsReportedType, "decide.RequirementRequested": enrollment.RequirementRequestedType,
		"decide.ResetRequested": enrollment.ResetRequestedType, "decide.RecoveryCodesRequested": enrollment.RecoveryCodesRequestedType,
		"decide.ImportRequested": enrollment.ImportRequestedType, "decide.ErasureRequested": enrollment.ErasureRequestedType,
	}[fmt.Sprintf("%T", in)]
	t, _ := registry.Lookup(fact)
	return t
}

// answers are the events of a decision, a refusal included. One by RPC is told and not kept.
func answers(in decide.Input, d decide.Decision, no *events.Rejection) []events.Event {
	t := askedBy(in)
	if no == nil || t.New == nil {
		return d.Events
	}
	return []events.Event{&events.RequestRejected{User: user, Cause: "ce", Type: t.Name(), Code: no.Code, Field: no.Field, Message: no.Message}}
}

// shares asks as the shell does.
func shares(s enrollment.State, in decide.Input, d decide.Decision, no *events.Rejection, now time.Time) bool {
	asked := decider.Decision{Events: answers(in, d, no), Timers: make([]decider.Timer, len(d.Timers))}
	return decider.Shares(decider.Request{Type: askedBy(in)}, s, asked, now)
}

// A repeat is what can be asked without end.
type repeat struct {
	name  string
	given []past
	ask   decide.Input
}

var quiet = []repeat{
	{"a request without its password", nil, request(events.TOTP, passwordAt(-hour))},
	{"a request without a step-up", activated(-hour, "e1", events.SMS), request(events.TOTP, passwordAt(0))},
	{"a request for a number that is not known", nil, request(events.SMS, passwordAt(0))},
	{"a request above the limit", fiveRequests(), request(events.TOTP, passwordAt(0))},
	{"another code of an app", pending(-minute, "e1", events.TOTP), resend("e1")},
	{"another code too soon", pending(0, "e1", events.SMS), resend("e1")},
	{"another code of an enrollment that there is not", nil, resend("e1")},
	{"a code for an enrollment that there is not", nil, submit("e1")},
	{"a code for an enrollment that is active", activated(-hour, "e1", events.TOTP), submit("e1")},
	{"a code for an enrollment that has ended", discarded(-hour, "e1", enrollment.DiscardReplaced), submit("e1")},
	{"a code without its password", pending(-minute, "e1", events.TOTP, withoutPassword), submit("e1", fits(1))},
	{"a code that is too old", pending(-6*minute, "e1", events.SMS), submit("e1", fitsSent)},
	{"a code after too many wrong ones", history(nineWrong(), pending(-minute, "e3", events.TOTP), missed(-second, "e3", 1)), submit("e3", fits(1))},
	{"a removal without a step-up", activated(-hour, "e1", events.TOTP), remove(events.TOTP, 0, decide.Login{})},
	{"a removal where nothing is", nil, remove(enrollment.All, 0, decide.Login{})},
	{"recovery codes without a factor", nil, decide.RecoveryCodesRequested{Request: asks, Key: key, ReauthenticatedAt: noon}},
	{"contacts without a step-up", activated(-hour, "e1", events.TOTP), decide.ContactsReported{Request: asks}},
}

func TestWhatChangesNothingIsKeptOnceASecond(t *testing.T) {
	for _, r := range quiet {
		s, now := fold(t, r.given), noon
		for i, want := range []bool{true, false, false, true, false} {
			d, no := decide.Decide(s, r.ask, under(nil), now)
			if shares(s, r.ask, d, no, now) == want {
				t.Errorf("%s, number %d: %v", r.name, i+1, tell(d, no, now))
			}
			if want {
				s = after(t, s, decide.Decision{Events: answers(r.ask, d, no)}, now)
			}
			now = now.Add(400 * time.Millisecond)
		}
	}
}

var loud = []repeat{
	{"a request", nil, request(events.TOTP, passwordAt(0))},
	{"another code", pending(-minute, "e1", events.SMS), resend("e1")},
	{"a wrong code", pending(-minute, "e1", events.TOTP), submit("e1")},
	{"the last wrong code", history(pending(-minute, "e1", events.TOTP), missed(-minute, "e1", 4)), submit("e1")},
	{"a right code", pending(-minute, "e1", events.TOTP), submit("e1", fits(1))},
	{"a code for an enrollment whose timer is late", pending(-25*hour, "e1", events.TOTP), submit("e1", fits(1))},
	{"a removal that spends a step-up, of what is not there", activated(-hour, "e1", events.TOTP), remove(events.SMS, 0, acceptedAt("L", 0))},
	{"contacts, also the same ones", history(), decide.ContactsReported{Request: asks}},
	{"what staff say, also the same again", required(-hour), decide.RequirementRequested{Request: asks, Required: true, By: "staff-1"}},
	{"what staff are refused", activated(-hour, "e1", events.TOTP), decide.ImportRequested{Request: asks, By: "staff-1"}},
	{"an erasure of who is erased", erased(-hour), decide.ErasureRequested{Request: asks}},
}

// However much was refused a moment ago.
func TestWhatChangesSomethingIsAlwaysKept(t *testing.T) {
	for _, r := range loud {
		s := fold(t, history(r.given, tooOften(-second/2)))
		d, no := decide.Decide(s, r.ask, under(nil), noon)
		if shares(s, r.ask, d, no, noon) || len(answers(r.ask, d, no)) == 0 {
			t.Errorf("%s: %v", r.name, tell(d, no, noon))
		}
	}
}

// still: an answer to what a user asks is known as quiet if, and only if, it leaves the state as it is; and one such answer a second is kept.
// Contacts are the exception: said again after others were reported, they would come back.
func (s *soak) still(in decide.Input, d decide.Decision, shared bool) {
	_, contacts := in.(decide.ContactsReported)
	if len(d.Events) != 1 || len(d.Timers) > 0 || askedBy(in).Role != "settings" {
		return
	}
	_, quiet := s.state.Quiet(d.Events[0])
	next := after(s.t, s.state, d, s.now)
	next.QuietAt = s.state.QuietAt
	if leaves := s.encode(next) == s.text; quiet != leaves && !contacts || quiet && !leaves {
		s.t.Fatalf("step %d, %T: %v is quiet: %t, it leaves the state: %t", s.n, in, tell(d, nil, s.now), quiet, leaves)
	}
	if !quiet || shared {
		return
	}
	if s.now.Sub(s.quietAt) < time.Second {
		s.t.Fatalf("step %d, %T: two commits within a second that change nothing", s.n, in)
	}
	s.quietAt = s.now
}
