// Package decide says what becomes of what recovery is told: who may open a case, what each step demands, who may decide, what ends it.
//
// It never sees a clock, a key, a store, a link, a code or an address: the caller says which sending a link or a code belongs to, which
// claim a browser has proven, what verify and the CAPTCHA's provider said, and brings free text as ciphertext. What it promises:
//
//   - A case completes only when every step of the policy that it was opened under is passed, in order, each once since the newest
//     claim and by that claim's browser. A claim voids what was passed before it, an approval and a waiting period included.
//   - The first right code binds the case to its browser: from then on no link of it leads anywhere.
//   - Who asked for a case does not approve it, nor does its user. Whoever cancels before it has completed has cancelled it.
//   - Wrong codes are bounded for each sending and for each user and day; mails and texts for each user and hour.
//   - Every contact is told when a case opens, when its waiting period begins after an approval, and when it completes.
//   - The first event of a decision is the answer; the others follow from it.
package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
)

// A Decision is what is to become of an input.
type Decision struct {
	Events  []events.Event // the first is the answer; none where nothing changes
	Timers  []Timer
	Early   time.Time // not zero: a timer came before its time and must come again then
	Problem Problem   // what the page tells whoever sent the form; also beside events
}

// A Timer is an event that recovery is to receive when At has come.
type Timer struct {
	Event events.Event
	At    time.Time
}

// A Problem says why a form changed nothing, or not what was wished.
type Problem string

const (
	NoProblem     Problem = ""
	Over          Problem = "over"       // leads nowhere: unknown, ended, expired, or another browser's by now
	OtherStep     Problem = "other_step" // the form's step is not the present one
	WrongCode     Problem = "wrong_code"
	CodeExpired   Problem = "code_expired" // the texted code is too old, or none was sent
	TooManyCodes  Problem = "too_many"     // the code was not looked at: Look says until when, or another text is needed
	TooSoon       Problem = "too_soon"     // no text was sent: Look says from when on one can be
	NoMoreTexts   Problem = "no_more_texts"
	CaptchaFailed Problem = "captcha_failed"
)

// Decide returns what happened because of in, or why it cannot be. A wrong code happened. What pages send is never refused: its
// decision has a Problem. now is at least the time of the commit that left s.
func Decide(s recovery.State, in Input, p policy.Policy, now time.Time) (Decision, *events.Rejection) {
	v := view{state: s, policy: p, now: now}
	if s.User != "" && s.User != in.request().User {
		return Decision{}, refuse(events.Invalid, "user", "is not the user whose key this is")
	}
	switch in := in.(type) {
	case Requested:
		return v.requested(in)
	case SupportRequested:
		return v.supportRequested(in)
	case ApprovalGiven:
		return v.approval(in)
	case DenialGiven:
		return v.denial(in)
	case CancellationRequested:
		return v.cancellation(in)
	case CancelledByContact:
		return v.cancelled(in), nil
	case LinkClaimed:
		return v.claim(in), nil
	case TextAsked:
		return v.text(in), nil
	case CodeSubmitted:
		return v.code(in), nil
	case RecoveryCodeJudged:
		return v.recoveryCode(in), nil
	case CaptchaJudged:
		return v.captcha(in), nil
	case ExpiryDue:
		return v.expiry(in), nil
	case CompletionDue:
		return v.completion(in), nil
	case UserErased:
		return v.erased(in), nil
	}
	return Decision{}, refuse(events.UnknownType, "", "is nothing that recovery decides")
}

// A view is what a decision looks at.
type view struct {
	state  recovery.State
	policy policy.Policy
	now    time.Time
}

// open returns the open case unless its time is over.
func (v view) open() (recovery.Recovery, bool) {
	if v.state.Open == nil || v.state.Open.Over(v.now) {
		return recovery.Recovery{}, false
	}
	return *v.state.Open, true
}

func decided(list ...events.Event) Decision { return Decision{Events: list} }

func problem(p Problem) Decision { return Decision{Problem: p} }

func refuse(code events.Code, field, message string) *events.Rejection {
	return &events.Rejection{Code: code, Field: field, Message: message}
}

// first returns the first refusal: guards stand in the order in which they protect.
func first(guards ...*events.Rejection) *events.Rejection {
	for _, g := range guards {
		if g != nil {
			return g
		}
	}
	return nil
}
