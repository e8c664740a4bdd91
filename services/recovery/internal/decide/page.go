package decide

import (
	"slices"

	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
)

// Bounds that no policy sets.
const (
	maxClaims         = 32 // by one link: another one is mailed on demand
	maxFailedCaptchas = 20 // in a case
)

// claim gives the case to the browser that confirmed its link. Whoever comes later by the same link takes it over, so that a mail
// scanner that sends forms as well locks nobody out.
func (v view) claim(in LinkClaimed) Decision {
	r, open := v.open()
	switch {
	case !open || r.ID != in.RecoveryID || r.Support != nil:
		return problem(Over)
	case in.Held != 0 && in.Held == r.Claim:
		return Decision{}
	case r.Bound || in.Sending != r.Link.Sending || !v.now.Before(earlier(r.Link.ExpiresAt, r.ExpiresAt)) || r.Link.Claims >= maxClaims:
		return problem(Over)
	}
	r.Claim, r.Passed = r.Claim+1, 0
	d := decided(&recovery.Claimed{User: in.User, RecoveryID: r.ID, Claim: r.Claim, Sending: r.Link.Sending})
	passed := v.pass(in.Request, r, recovery.StepPassedRecord{Claim: r.Claim}, in.Evidence)
	d.Events, d.Timers = append(d.Events, passed.Events...), passed.Timers
	return d
}

// at returns the case of a browser's claim if step is the next one; ok is false where nothing is to be decided. A step that the claim
// has passed is no problem: the form came twice.
func (v view) at(b Browser, step recovery.Step) (r recovery.Recovery, p Problem, ok bool) {
	r, known := v.state.Recovery(b.RecoveryID)
	mine := known && r.Support == nil && b.Claim != 0 && b.Claim == r.Claim
	switch {
	case mine && r.End == recovery.CaseCompleted && r.Demands(step):
		return r, NoProblem, false
	case !mine || r.Over(v.now):
		return r, Over, false
	case r.HasPassed(step):
		return r, NoProblem, false
	case r.Next() != step:
		return r, OtherStep, false
	}
	return r, NoProblem, true
}

// text sends a code. Its number only grows: codes of others are dead.
func (v view) text(in TextAsked) Decision {
	r, p, ok := v.at(in.Browser, recovery.Text)
	if ok {
		p = v.textable(r, in.Evidence)
	}
	if !ok || p != NoProblem {
		return problem(p)
	}
	n := r.Text.Sending + 1
	e := &recovery.TextSent{
		User: in.User, RecoveryID: r.ID, Claim: in.Claim, Sending: n, Digits: v.policy.Code.Digits,
		CodeExpiresAt: earlier(v.now.Add(v.policy.Recovery.CodeLife), r.ExpiresAt),
	}
	if n <= uint64(v.policy.Resend.PerChallenge) {
		e.ResendAt = v.now.Add(v.wait(n))
	}
	return decided(e, notice(in.Request, r, notification.RecoveryText, notification.SMS, e.CodeExpiresAt))
}

func (v view) textable(r recovery.Recovery, e *Evidence) Problem {
	if n, _ := v.wrongLeft(); n == 0 { // a code sent now could not be used
		return TooManyCodes
	}
	if r.Text.Sending > uint64(v.policy.Resend.PerChallenge) || e.Phone == nil || v.held(e.Phone) {
		return NoMoreTexts
	}
	if v.now.Before(v.textAt(r)) {
		return TooSoon
	}
	return NoProblem
}

func (v view) code(in CodeSubmitted) Decision {
	r, p, ok := v.judged(in.Browser, recovery.Text)
	if !ok {
		return problem(p)
	}
	if in.Sending != r.Text.Sending {
		return missed(in.Request, in.Browser, recovery.Text)
	}
	return v.pass(in.Request, r, recovery.StepPassedRecord{Claim: in.Claim}, in.Evidence)
}

func (v view) recoveryCode(in RecoveryCodeJudged) Decision {
	r, p, ok := v.answered(in.Browser, recovery.RecoveryCode, in.Unasked)
	if !ok {
		return problem(p)
	}
	if !in.Right {
		return missed(in.Request, in.Browser, recovery.RecoveryCode)
	}
	return v.pass(in.Request, r, recovery.StepPassedRecord{Claim: in.Claim}, in.Evidence)
}

// judged is at for what is judged: whatever is refused here is refused unseen.
func (v view) judged(b Browser, step recovery.Step) (recovery.Recovery, Problem, bool) {
	r, p, ok := v.at(b, step)
	if !ok {
		return r, p, false
	}
	today, _ := v.wrongLeft()
	most := v.policy.Challenge.Attempts
	switch {
	case step == recovery.Captcha && (r.FailedCaptchas >= maxFailedCaptchas || len(r.Proofs) >= recovery.MaxProofs):
		p = CaptchaFailed
	case step == recovery.Captcha:
	case today == 0:
		p = TooManyCodes
	case step == recovery.Text && (r.Text.Sending == 0 || !v.now.Before(r.Text.ExpiresAt)):
		p = CodeExpired
	case step == recovery.Text && r.Text.Wrong >= most, step == recovery.RecoveryCode && r.MissedCodes >= most:
		p = TooManyCodes
	}
	return r, p, p == NoProblem
}

// answered is judged for what others judge. The step may have come to be at hand since Ready was asked: an answer that nobody saw is no wrong one.
func (v view) answered(b Browser, step recovery.Step, unasked bool) (recovery.Recovery, Problem, bool) {
	r, p, ok := v.judged(b, step)
	if ok && unasked {
		return r, OtherStep, false
	}
	return r, p, ok
}

func missed(in Request, b Browser, step recovery.Step) Decision {
	d := decided(&recovery.CodeMissed{User: in.User, RecoveryID: b.RecoveryID, Claim: b.Claim, Step: step})
	d.Problem = WrongCode
	return d
}

// captcha takes a proof once.
func (v view) captcha(in CaptchaJudged) Decision {
	r, p, ok := v.answered(in.Browser, recovery.Captcha, in.Unasked)
	if !ok {
		return problem(p)
	}
	if in.Proof == "" || slices.Contains(r.Proofs, in.Proof) {
		d := decided(&recovery.CaptchaFailed{User: in.User, RecoveryID: r.ID, Claim: in.Claim})
		d.Problem = CaptchaFailed
		return d
	}
	return v.pass(in.Request, r, recovery.StepPassedRecord{Claim: in.Claim, Proof: in.Proof}, in.Evidence)
}
