// Package core decides what becomes of a login and of the codes given for it.
//
// It is pure: the caller says what the bus's time is, what a read of the enrollment's head showed and what a code matched.
// The same state, input, policy and time give the same decision for ever, so that every decision can be replayed.
//
//   - A code is accepted at most once: a time step only above the last one, a sent code only while its sending is the newest, a
//     recovery code only while it is not used.
//   - Wrong codes are counted by user, over all challenges and logins. From the fifth of a day each starts a wait; an attempt
//     during a wait is not looked at and not counted, so that a stranger cannot prolong it. A recovery code is always looked at: no
//     guesser finds one, and it is the owner's way in.
//   - A login is waived only where the evidence, which must be there, shows that no factor is active and none is required.
package core

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/policy"
)

// A Decision is what happened because of an input.
type Decision struct {
	Events []events.Event // the first answers the input; the others follow from it and name it as their cause
	Timers []Timer        // that the events make due
}

// A Timer is an event that is wanted at a time.
type Timer struct {
	Event events.Event
	At    time.Time
}

// Decide returns what happened because of in. A wrong code happened; a rejection says that in asks for what cannot be. A timer that has
// nothing to do gets an empty Decision.
func Decide(s guard.State, in Input, p *policy.Policy, now time.Time) (Decision, *events.Rejection) {
	if s.User != "" && s.User != in.user() {
		return Decision{}, reject(events.Invalid, "user", "is not the user whose key this is")
	}
	s.User = in.user()
	d := desk{state: s, policy: p, now: now}
	switch in := in.(type) {
	case LoginStarted:
		return d.login(in)
	case AttemptSubmitted:
		return d.attempt(in)
	case ResendRequested:
		return d.resend(in)
	case UnlockRequested:
		return happened(&guard.FactorUnlocked{User: in.User, Factor: in.Factor, By: in.By}), nil
	case ChallengeExpiryDue:
		return d.expiry(in), nil
	case RecoveryCodeAsked:
		return d.judge(in), nil
	case FactorsRemoved:
		return d.factorsRemoved(in), nil
	}
	return Decision{}, reject(events.UnknownType, "", "verify does not decide this")
}

// goodFor is how long an acceptance or a waiver counts: later it is as if it were not there.
const goodFor = 2 * time.Minute

// A desk holds what a decision rests on beside the input.
type desk struct {
	state  guard.State
	policy *policy.Policy // large: a desk is copied from rule to rule
	now    time.Time
}

// expiry closes a challenge whose time has come. The time is checked again: a message may come early.
func (d desk) expiry(in ChallengeExpiryDue) Decision {
	c, ok := d.state.Challenge(in.ChallengeID)
	switch {
	case !ok:
		return Decision{}
	case d.now.Before(c.ExpiresAt):
		return Decision{Timers: []Timer{d.expiryOf(c)}}
	}
	return happened(d.close(c, guard.Expired))
}

func (d desk) close(c guard.Challenge, why guard.CloseReason) *guard.ChallengeClosed {
	return &guard.ChallengeClosed{User: d.state.User, ChallengeID: c.ID, LoginID: c.LoginID, Reason: why}
}

func (d desk) expiryOf(c guard.Challenge) Timer {
	return Timer{Event: &guard.ChallengeExpiryDue{User: d.state.User, ChallengeID: c.ID}, At: c.ExpiresAt}
}

func happened(list ...events.Event) Decision { return Decision{Events: list} }

func reject(code events.Code, field, message string) *events.Rejection {
	return &events.Rejection{Code: code, Field: field, Message: message}
}

func rejectUntil(message string, retry time.Time) *events.Rejection {
	return &events.Rejection{Code: events.RateLimited, Message: message, RetryAt: retry}
}
