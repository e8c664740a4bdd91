package core

import (
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/policy"
)

// A Comparison names what the caller compares a code with.
type Comparison struct {
	Challenge guard.Challenge
	Enrolled  Enrolled // totp: whose seed; email, sms: the sendings 1 to Challenge.Sending under the challenge's key number
	Drift     int      // totp: steps by which the window is moved
	Codes     *Codes   // recovery_code: the set, and nothing of the above but the challenge
}

// ToCompare says what the code of an attempt is to be compared with; false: with nothing, Decide refuses it unseen.
func ToCompare(s guard.State, in AttemptSubmitted, p *policy.Policy, now time.Time) (Comparison, bool) {
	d := desk{state: s, policy: p, now: now}
	c, ok := s.Challenge(in.ChallengeID)
	if !ok || in.Evidence == nil || d.refusal(c, in.factor(c)) != "" {
		return Comparison{}, false
	}
	if in.Factor == events.RecoveryCode {
		return Comparison{Challenge: c, Codes: in.Evidence.Codes}, in.Evidence.Codes != nil && in.Evidence.active(c)
	}
	e, ok := enrolledFor(c, in)
	drift, _ := d.clockOf(e)
	return Comparison{Challenge: c, Enrolled: e, Drift: drift}, ok
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
	c, ok := d.state.Challenge(in.ChallengeID)
	if !ok {
		return d.late(in), nil
	}
	f := in.factor(c)
	if why := d.refusal(c, f); why != "" {
		return d.unseen(c, f, why), nil
	}
	if f == events.RecoveryCode {
		return d.attemptRecoveryCode(c, in)
	}
	e, ok := enrolledFor(c, in)
	switch {
	case !ok && f != c.Factor:
		return Decision{}, reject(events.NotAllowed, "factor", "has no code for this challenge: ask for one by challenge.resend_requested")
	case !ok:
		return d.gone(c, in.Evidence), nil
	}
	return d.judged(c, e, in), nil
}

// gone answers an attempt at a challenge whose enrollment is not active any more.
func (d desk) gone(c guard.Challenge, e *Evidence) Decision {
	return happened(d.refused(c, guard.Closed), d.close(c, e.end(c)))
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
	if why == guard.Locked {
		e.RetryAt, _ = d.state.Locked(f, d.now)
	}
	return happened(e)
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
func (d desk) judged(c guard.Challenge, e Enrolled, in AttemptSubmitted) Decision {
	m := in.Match
	if m.EnrollmentID != e.EnrollmentID { // compared with the wrong key: nothing was shown
		m = Match{}
	}
	if e.Factor == events.TOTP {
		return d.judgedStep(c, e, m, in)
	}
	switch {
	case m.Sending == 0:
		return d.wrong(c, e.Factor, in)
	case m.Sending != c.Sending || !d.now.Before(c.CodeExpiresAt): // right once: no guess, but of no use
		return d.spent(c, guard.TooOld)
	}
	return d.accepted(c, e.Factor, in.Evidence, guard.AttemptAcceptedRecord{EnrollmentID: e.EnrollmentID, Sending: m.Sending})
}

func (d desk) judgedStep(c guard.Challenge, e Enrolled, m Match, in AttemptSubmitted) Decision {
	last := d.lastStep(e)
	far := above(m.Far, last)
	steps := append(slices.Clone(m.Steps), afterOneOf(c.FarSteps, far)...)
	if len(steps) == 0 {
		made := d.wrong(c, e.Factor, in)
		made.Events[0].(*guard.AttemptRejected).Record.FarSteps = far[:min(len(far), guard.KeptSteps)]
		return made
	}
	fresh := above(steps, last)
	if len(fresh) == 0 { // RFC 6238 section 5.2: the second use of a code must not pass
		made := d.spent(c, guard.Replayed)
		made.Events = append(made.Events, d.reusedStep(c, e, m.Steps, in)...)
		return made
	}
	return d.accepted(c, e.Factor, in.Evidence, d.stepRecord(e, slices.Min(fresh)))
}

func (d desk) stepRecord(e Enrolled, step uint64) guard.AttemptAcceptedRecord {
	drift, behind := d.clockAfter(e, step)
	return guard.AttemptAcceptedRecord{EnrollmentID: e.EnrollmentID, Step: step, Drift: drift, Behind: behind}
}

// lastStep is the last one spent: by the last acceptance, which lies above the activation, else by that.
func (d desk) lastStep(e Enrolled) uint64 {
	if d.state.LastStep.EnrollmentID == e.EnrollmentID {
		return d.state.LastStep.Step
	}
	return e.ActivatedStep
}

func above(steps []uint64, last uint64) []uint64 {
	return slices.DeleteFunc(slices.Clone(steps), func(s uint64) bool { return s <= last })
}

// reusedStep tells that a code was seen in two logins: whoever gave it second may have looked over a shoulder.
func (d desk) reusedStep(c guard.Challenge, e Enrolled, steps []uint64, in AttemptSubmitted) []events.Event {
	used, ok := d.state.LastStep.Used(steps)
	if d.state.LastStep.EnrollmentID != e.EnrollmentID || !ok {
		return nil
	}
	return d.reuse(c, e.Factor, used.LoginID, used.Reused, in)
}

// reuse is told to the user once for each code: a stranger who tries it again and again is not to fill a mailbox.
func (d desk) reuse(c guard.Challenge, f events.Factor, first string, told bool, in AttemptSubmitted) []events.Event {
	list := []events.Event{&guard.CodeReuseDetected{User: d.state.User, Factor: f, FirstLoginID: first, LoginID: c.LoginID}}
	if told || !d.policy.Guess.TellReuse {
		return list
	}
	return append(list, d.tell(in.Evidence, in.NoticeID, notification.CodeReused, c.ID)...)
}

func (d desk) accepted(c guard.Challenge, f events.Factor, e *Evidence, r guard.AttemptAcceptedRecord) Decision {
	return happened(&guard.AttemptAccepted{
		User: d.state.User, ChallengeID: c.ID, LoginID: c.LoginID, Purpose: c.Purpose, Factor: f,
		RecoveryCodesLeft: e.CodesLeft(d.state), ExpiresAt: d.now.Add(goodFor), Record: r,
	})
}
