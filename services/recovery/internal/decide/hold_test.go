package decide_test

import (
	"reflect"
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
	"countersign/services/recovery/internal/decide"
)

// answersOf is the contract's last column.
func answersOf(in decide.Input) []string {
	name := ""
	switch in.(type) {
	case decide.Requested:
		name = recovery.RequestedType
	case decide.SupportRequested:
		name = recovery.SupportRequestedType
	case decide.ApprovalGiven:
		name = recovery.ApprovalGivenType
	case decide.DenialGiven:
		name = recovery.DenialGivenType
	case decide.CancellationRequested:
		name = recovery.CancellationRequestedType
	}
	row, _ := registry.Lookup(name)
	return row.Answers
}

// answered: who asks on the bus has one answer, and that first, or a refusal; who does not is never refused.
func (a *auditor) answered(in decide.Input) {
	answers := answersOf(in)
	if a.no != nil {
		if answers == nil || len(a.made.Events)+len(a.made.Timers) > 0 || !slices.Contains(events.Codes(), a.no.Code) {
			a.t.Fatalf("%T: refused %+v beside %d events", in, a.no, len(a.made.Events))
		}
		return
	}
	if answers != nil && (len(a.made.Events) == 0 || !slices.Contains(answers, a.made.Events[0].EventType())) {
		a.t.Fatalf("%T: the first of %v is no answer", in, a.tell())
	}
	if a.made.Problem != "" && answers != nil {
		a.t.Fatalf("%T: a problem for nobody", in)
	}
}

func (a *auditor) told() {
	for _, e := range a.made.Events {
		switch e := e.(type) {
		case *recovery.Opened:
			if len(a.made.Events) > 2 || a.evidence.Phone == nil && len(a.made.Timers) > 0 {
				a.notices(e.RecoveryID, notification.RecoveryLink, true, false)
				a.notices(e.RecoveryID, notification.RecoveryOpened, false, a.evidence.Phone != nil)
			}
		case *recovery.Completed:
			a.notices(e.RecoveryID, notification.RecoveryCompleted, a.evidence.Email != nil, a.evidence.Phone != nil)
		case *recovery.ApprovalRequired:
			if len(a.made.Timers) > 0 && e.Reason == recovery.BySupport {
				a.notices(e.RecoveryID, notification.RecoveryOpened, a.evidence.Email != nil, a.evidence.Phone != nil)
			}
		case *recovery.Approved:
			wait := !e.CompletesAt.IsZero()
			a.notices(e.RecoveryID, notification.RecoveryApproved, wait && a.evidence.Email != nil, wait && a.evidence.Phone != nil)
		}
	}
}

// notices asks for the messages of a template by mail and by text, each once or not at all.
func (a *auditor) notices(about string, t notification.Template, mail, text bool) {
	got := map[notification.Channel]int{}
	for _, e := range a.made.Events {
		if n, ok := e.(*notification.Requested); ok && n.Template == t && n.About == about {
			got[n.Channel]++
			if r, _ := a.state.Recovery(about); r.Newest(t, n.Channel) != n.NotificationID {
				a.t.Fatalf("%s is not the newest", n.NotificationID)
			}
		}
	}
	want := map[notification.Channel]int{}
	if mail {
		want[notification.Email] = 1
	}
	if text {
		want[notification.SMS] = 1
	}
	if !reflect.DeepEqual(got, want) {
		a.t.Fatalf("%s was told by %v, want %v: %v", t, got, want, a.tell())
	}
}

// bounded: wrong codes, mails and texts in any window that ends now.
func (a *auditor) bounded() {
	for _, b := range []struct {
		name   string
		times  []time.Time
		window time.Duration
		most   int
	}{
		{"wrong codes", a.missed, day, a.policy.Recovery.WrongPerDay},
		{"links", a.mailed, hour, a.policy.Recovery.PerHour},
		{"texts", a.texted, hour, a.policy.Resend.PerHour},
		{"cases of support", a.supported, hour, a.policy.Recovery.PerHour},
	} {
		n := 0
		for _, t := range b.times {
			if a.now.Sub(t) < b.window {
				n++
			}
		}
		if n > b.most {
			a.t.Fatalf("%d %s within %s", n, b.name, b.window)
		}
	}
}

// looked: what pages show beforehand, and whether verify and the provider are to be asked, agrees with what was decided.
func (a *auditor) looked(before recovery.State, in decide.Input) {
	var b decide.Browser
	var step recovery.Step
	switch in := in.(type) {
	case decide.CodeSubmitted:
		b, step = in.Browser, recovery.Text
	case decide.RecoveryCodeJudged:
		b, step = in.Browser, recovery.RecoveryCode
	case decide.CaptchaJudged:
		b, step = in.Browser, recovery.Captcha
	case decide.TextAsked:
		r, _ := before.Recovery(in.Browser.RecoveryID)
		l := decide.Look(before, r, a.policy, a.now)
		soon := l.ResendAt.After(a.now)
		a.holds(a.made.Problem != decide.TooSoon || soon, "a page offered a text too soon")
		a.holds(len(a.made.Events) == 0 || !soon && !l.ResendAt.IsZero(), "a page did not offer a text that was sent")
		return
	default:
		return
	}
	ready := decide.Ready(before, b, step, a.policy, a.now)
	a.holds(ready == (len(a.made.Events) > 0), "it was looked at, or not, against the word")
	r, _ := before.Recovery(b.RecoveryID)
	l := decide.Look(before, r, a.policy, a.now)
	if ready && step != recovery.Captcha {
		a.holds(l.AttemptsLeft > 0 && l.RetryAt.IsZero(), "a page showed no attempts, and one was judged")
	}
	if a.made.Problem == decide.TooManyCodes {
		a.holds(l.AttemptsLeft == 0, "a page showed attempts, and none was judged")
	}
}
