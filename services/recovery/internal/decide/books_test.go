package decide_test

import (
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
	"countersign/services/recovery/internal/decide"
)

// audit asks of each event whether what was proven allows it, and writes it down.
func (a *auditor) audit(in decide.Input, person string, e events.Event) {
	switch e := e.(type) {
	case *recovery.Opened:
		a.auditOpened(e)
	case *recovery.ApprovalRequired:
		a.auditAsked(e)
	case *recovery.Claimed:
		a.auditClaimed(in.(decide.LinkClaimed), person, e)
	case *recovery.StepPassed:
		a.auditStep(in, person, e)
	case *recovery.TextSent:
		a.auditText(in.(decide.TextAsked), person, e)
	case *recovery.CodeMissed:
		a.auditMissed(in, person, e)
	case *recovery.CaptchaFailed:
		a.open(e.RecoveryID)
		a.holds(!in.(decide.CaptchaJudged).Unasked, "a CAPTCHA failed that nobody was asked about")
	case *recovery.Approved:
		by, b := in.(decide.ApprovalGiven).By, a.open(e.RecoveryID)
		a.holds(by != user && by != b.requester && by == e.By, "who asked has approved")
	case *recovery.Completed:
		b := a.open(e.RecoveryID)
		a.holds(len(b.steps) > 0 && slices.Equal(b.proven, b.steps), "a case completed without every step")
		a.holds(a.state.Completed(e.RecoveryID), "a completion is not remembered")
		b.end = "completed"
	case *recovery.Denied:
		a.open(e.RecoveryID).end = "denied"
	case *recovery.Cancelled:
		b := a.open(e.RecoveryID)
		a.holds(!b.support || e.Reason != recovery.CancelledReplaced, "a case of support gave way")
		b.end = "cancelled"
	case *recovery.Expired:
		b := a.open(e.RecoveryID)
		a.holds(!a.now.Before(b.until) && b.waitUntil.IsZero(), "a case expired before its time, or while it waited")
		b.end = "expired"
	}
}

func (a *auditor) holds(what bool, otherwise string) {
	a.t.Helper()
	if !what {
		a.t.Fatalf("%s: %v", otherwise, a.tell())
	}
}

// open returns the book of a case of which something may happen: nothing does when it has ended.
func (a *auditor) open(id string) *book {
	a.t.Helper()
	b, known := a.books[id]
	if !known {
		a.t.Fatalf("something happened to a case that was never opened: %v", a.tell())
	}
	a.holds(b.end == "", "something happened to a case that had "+b.end)
	return b
}

func (a *auditor) auditOpened(e *recovery.Opened) {
	b, known := a.books[e.RecoveryID]
	if !known {
		b = &book{steps: slices.Clone(a.policy.Recovery.Steps), until: a.now.Add(a.policy.Recovery.Life)}
		a.books[e.RecoveryID] = b
		a.alone(e.RecoveryID)
	}
	a.holds(b.end == "" && !b.support && a.evidence.HasFactor, "a case was told as open that is not")
	if e.Record.Sending == b.links {
		return
	}
	a.holds(e.Record.Sending == b.links+1 && !b.bound, "a link was mailed out of order, or of a case that is bound")
	b.links, b.linkUntil = e.Record.Sending, e.LinkExpiresAt
	a.mailed = append(a.mailed, a.now)
	a.holds(!b.linkUntil.After(a.now.Add(a.policy.Recovery.LinkLife)) && !b.linkUntil.After(b.until), "a link lives too long")
}

// alone: whatever was open before ends in the same commit.
func (a *auditor) alone(id string) {
	for other, b := range a.books {
		if other == id || b.end != "" {
			continue
		}
		ends := slices.ContainsFunc(a.made.Events, func(e events.Event) bool {
			switch e := e.(type) {
			case *recovery.Cancelled:
				return e.RecoveryID == other
			case *recovery.Expired:
				return e.RecoveryID == other
			}
			return false
		})
		a.holds(ends, "two cases are open")
	}
}

func (a *auditor) auditAsked(e *recovery.ApprovalRequired) {
	if e.Reason == recovery.ByPolicy {
		b := a.open(e.RecoveryID)
		a.holds(b.steps[len(b.proven)] == recovery.Approval, "an approval was asked for out of turn")
		return
	}
	if _, known := a.books[e.RecoveryID]; known {
		a.open(e.RecoveryID)
		return
	}
	a.books[e.RecoveryID] = &book{
		support: true, steps: []recovery.Step{recovery.Approval, recovery.WaitingPeriod}, requester: e.RequestedBy, until: e.ExpiresAt,
	}
	a.alone(e.RecoveryID)
	a.supported = append(a.supported, a.now)
	a.holds(e.RequestedBy != user && a.evidence.HasFactor, "a case was opened that should not be")
}

func (a *auditor) auditClaimed(in decide.LinkClaimed, person string, e *recovery.Claimed) {
	b := a.open(e.RecoveryID)
	a.holds(in.Sending == b.links && in.Sending > 0 && a.now.Before(b.linkUntil) && !b.bound && !b.support, "a dead link claimed a case")
	a.holds(e.Claim == b.claim+1, "a claim was given twice")
	b.claim, b.holder, b.proven, b.waitUntil = e.Claim, person, nil, time.Time{}
}

func (a *auditor) auditText(in decide.TextAsked, person string, e *recovery.TextSent) {
	b := a.open(e.RecoveryID)
	a.holds(person == b.holder && in.Claim == b.claim && a.now.Before(b.until), "a text was sent for a browser that does not have the case")
	a.holds(b.steps[len(b.proven)] == recovery.Text && e.Sending == b.texts+1, "a text was sent out of turn")
	a.holds(a.evidence.Phone != nil && (!a.evidence.Phone.Replaced || a.now.Sub(a.evidence.Phone.Since) >= a.policy.Recovery.ContactHold), "a text went to a number that may be a thief's")
	b.texts, b.textUntil, b.wrong = e.Sending, e.CodeExpiresAt, 0
	a.texted = append(a.texted, a.now)
}

func (a *auditor) auditMissed(in decide.Input, person string, e *recovery.CodeMissed) {
	b := a.open(e.RecoveryID)
	a.missed = append(a.missed, a.now)
	a.holds(person == b.holder && b.steps[len(b.proven)] == e.Step, "a code was judged out of turn")
	if e.Step == recovery.RecoveryCode {
		b.printed++
		a.holds(!in.(decide.RecoveryCodeJudged).Unasked, "a code was wrong that nobody was asked about")
	} else {
		b.wrong++
		a.holds(b.texts > 0 && a.now.Before(b.textUntil), "a code was judged that was not sent, or too old")
	}
	a.holds(b.wrong <= a.policy.Challenge.Attempts && b.printed <= a.policy.Challenge.Attempts, "too many codes were judged")
}

// auditStep: the step is the next one, and what came in proves it.
func (a *auditor) auditStep(in decide.Input, person string, e *recovery.StepPassed) {
	b := a.open(e.RecoveryID)
	a.holds(len(b.proven) < len(b.steps) && b.steps[len(b.proven)] == e.Step, "a step was passed out of turn")
	a.holds(a.proves(in, person, b, e), "a step was passed without its proof")
	b.proven = append(b.proven, e.Step)
	b.bound = b.bound || e.Step == recovery.Text || e.Step == recovery.RecoveryCode
	b.until, b.waitUntil = later(b.until, e.Record.ExpiresAt), time.Time{}
	if e.NextStep == recovery.WaitingPeriod {
		b.waitUntil = a.now.Add(a.policy.Recovery.SupportWait)
		a.holds(e.CompletesAt.Equal(b.waitUntil) && !b.until.Before(b.waitUntil), "a wait has the wrong end")
	}
}

func (a *auditor) proves(in decide.Input, person string, b *book, e *recovery.StepPassed) bool {
	byHolder := person == b.holder && person != "" && e.Record.Claim == b.claim && a.now.Before(b.until)
	guessed := len(a.missed) < a.policy.Recovery.WrongPerDay || a.now.Sub(a.missed[len(a.missed)-a.policy.Recovery.WrongPerDay]) >= day
	switch in := in.(type) {
	case decide.LinkClaimed:
		return e.Step == recovery.Link && byHolder && in.RecoveryID == e.RecoveryID
	case decide.CodeSubmitted:
		return e.Step == recovery.Text && byHolder && guessed && in.Claim == b.claim && in.Sending == b.texts && b.texts > 0 && a.now.Before(b.textUntil) &&
			b.wrong < a.policy.Challenge.Attempts
	case decide.RecoveryCodeJudged:
		return e.Step == recovery.RecoveryCode && byHolder && guessed && in.Claim == b.claim && in.Right && !in.Unasked && b.printed < a.policy.Challenge.Attempts
	case decide.CaptchaJudged:
		fresh := in.Proof != "" && !slices.Contains(b.proofs, in.Proof)
		b.proofs = append(b.proofs, in.Proof)
		return e.Step == recovery.Captcha && byHolder && in.Claim == b.claim && fresh && !in.Unasked
	case decide.ApprovalGiven:
		return e.Step == recovery.Approval && in.RecoveryID == e.RecoveryID && a.now.Before(b.until)
	case decide.CompletionDue:
		return e.Step == recovery.WaitingPeriod && in.RecoveryID == e.RecoveryID && !b.waitUntil.IsZero() && !a.now.Before(b.waitUntil)
	}
	return false
}
