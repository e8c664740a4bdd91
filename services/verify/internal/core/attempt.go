package core

import (
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
)

// A Comparison names what the caller compares a code with.
type Comparison struct {
	Challenge guard.Challenge
	Enrolled  Enrolled // totp: whose seed; email, sms: the sendings 1 to Challenge.Sending under the challenge's key number
}

// ToCompare says what the code of an attempt is to be compared with; false: with nothing, Decide refuses it unseen.
func ToCompare(s guard.State, in AttemptSubmitted, now time.Time) (Comparison, bool) {
	d := desk{state: s, now: now}
	c, ok := s.Challenge(in.ChallengeID)
	if !ok || in.Evidence == nil || d.refusal(c, in.factor(c)) != "" {
		return Comparison{}, false
	}
	e, ok := enrolledFor(c, in)
	return Comparison{Challenge: c, Enrolled: e}, ok
}

func (i AttemptSubmitted) factor(c guard.Challenge) events.Factor {
	if i.Factor == "" {
		return c.Factor
	}
	return i.Factor
}

// enrolledFor returns the active enrollment whose code an attempt gives. A sent code belongs to the challenge that it was sent for; a
// code from an app needs no sending, so that it may be given instead.
func enrolledFor(c guard.Challenge, in AttemptSubmitted) (Enrolled, bool) {
	e, ok := in.Evidence.of(in.factor(c))
	return e, ok && (e.EnrollmentID == c.EnrollmentID || in.factor(c) != c.Factor && e.Factor == events.TOTP)
}

// attempt judges a code. The guards stand in the order in which they protect: what is refused unseen comes first.
func (d desk) attempt(in AttemptSubmitted) (Decision, *events.Rejection) {
	if in.Factor == events.RecoveryCode {
		return Decision{}, reject(events.NotAllowed, "factor", "recovery codes are not taken yet")
	}
	c, ok := d.state.Challenge(in.ChallengeID)
	if !ok {
		return d.late(in), nil
	}
	f := in.factor(c)
	if why := d.refusal(c, f); why != "" {
		return d.unseen(c, f, why), nil
	}
	e, ok := enrolledFor(c, in)
	switch {
	case !ok && f != c.Factor:
		return Decision{}, reject(events.NotAllowed, "factor", "has no code for this challenge: ask for one by challenge.resend_requested")
	case !ok:
		return happened(d.refused(c, guard.Closed), d.close(c, guard.Removed)), nil
	}
	return d.judged(c, e, in.Match), nil
}

// refusal says why a code for an open challenge is not looked at; empty: it is.
func (d desk) refusal(c guard.Challenge, f events.Factor) guard.RejectReason {
	if !d.now.Before(c.ExpiresAt) {
		return guard.TooOld
	}
	if _, locked := d.state.Locked(f, d.now); locked { // nothing is counted in a wait: a stranger cannot prolong it
		return guard.Locked
	}
	return ""
}

func (d desk) unseen(c guard.Challenge, f events.Factor, why guard.RejectReason) Decision {
	e := d.refused(c, why)
	if why != guard.Locked {
		return happened(e)
	}
	e.RetryAt, _ = d.state.Locked(f, d.now)
	made := happened(e)
	made.Shared = !d.state.RefusedAt.IsZero() && d.now.Sub(d.state.RefusedAt) < time.Second
	return made
}

func (d desk) refused(c guard.Challenge, why guard.RejectReason) *guard.AttemptRejected {
	return &guard.AttemptRejected{
		User: d.state.User, ChallengeID: c.ID, LoginID: c.LoginID, Reason: why, AttemptsLeft: c.AttemptsLeft,
	}
}

// late answers an attempt at a challenge that is not open.
func (d desk) late(in AttemptSubmitted) Decision {
	e := &guard.AttemptRejected{User: in.User, ChallengeID: in.ChallengeID, Reason: guard.UnknownChallenge}
	if l, ok := d.state.LoginOf(in.ChallengeID); ok {
		e.LoginID, e.Reason = l.ID, guard.Closed
		switch l.Reason {
		case guard.Expired:
			e.Reason = guard.TooOld
		case guard.TooManyAttempts:
			e.Reason = guard.OutOfAttempts
		}
	}
	return happened(e)
}

// judged says what a code that was looked at is worth.
func (d desk) judged(c guard.Challenge, e Enrolled, m Match) Decision {
	if m.EnrollmentID != e.EnrollmentID { // compared with the wrong key: nothing was shown
		m = Match{}
	}
	if e.Factor == events.TOTP {
		return d.judgedStep(c, e, m)
	}
	switch {
	case m.Sending == 0:
		return d.wrong(c, e.Factor)
	case m.Sending != c.Sending || !d.now.Before(c.CodeExpiresAt): // right once: no guess, but of no use
		return d.spent(c, guard.TooOld)
	}
	return d.accepted(c, e, guard.AttemptAcceptedRecord{EnrollmentID: e.EnrollmentID, Sending: m.Sending})
}

func (d desk) judgedStep(c guard.Challenge, e Enrolled, m Match) Decision {
	if len(m.Steps) == 0 {
		return d.wrong(c, e.Factor)
	}
	step, ok := lowestAbove(m.Steps, d.lastStep(e))
	if !ok { // RFC 6238 section 5.2: the second use of a code must not pass
		made := d.spent(c, guard.Replayed)
		made.Events = append(made.Events, d.reuse(c, e, m.Steps)...)
		return made
	}
	return d.accepted(c, e, guard.AttemptAcceptedRecord{EnrollmentID: e.EnrollmentID, Step: step})
}

// lastStep is the last one spent: by the last acceptance, which lies above the activation, else by that.
func (d desk) lastStep(e Enrolled) uint64 {
	if d.state.LastStep.EnrollmentID == e.EnrollmentID {
		return d.state.LastStep.Step
	}
	return e.ActivatedStep
}

func lowestAbove(steps []uint64, last uint64) (uint64, bool) {
	above := slices.DeleteFunc(slices.Clone(steps), func(s uint64) bool { return s <= last })
	if len(above) == 0 {
		return 0, false
	}
	return slices.Min(above), true
}

// reuse tells that a code was seen in two logins: whoever gave it second may have looked over a shoulder.
func (d desk) reuse(c guard.Challenge, e Enrolled, steps []uint64) []events.Event {
	last := d.state.LastStep
	if last.EnrollmentID != e.EnrollmentID || !slices.Contains(steps, last.Step) {
		return nil
	}
	return []events.Event{&guard.CodeReuseDetected{
		User: d.state.User, Factor: e.Factor, FirstLoginID: last.LoginID, LoginID: c.LoginID,
	}}
}

func (d desk) accepted(c guard.Challenge, e Enrolled, r guard.AttemptAcceptedRecord) Decision {
	return happened(&guard.AttemptAccepted{
		User: d.state.User, ChallengeID: c.ID, LoginID: c.LoginID, Purpose: c.Purpose, Factor: e.Factor,
		ExpiresAt: d.now.Add(goodFor), Record: r,
	})
}
