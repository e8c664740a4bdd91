// Package recovery holds the events of the stream recovery/<userkey>, which recovery owns, and their public fold: the case in which a
// user who lost the device proves by other means to be who they say, alone or through support. Its end clears the factors; enroll
// reads that from the stream.
//
//   - At most one case of a user is open.
//   - No event, record or state holds a link, a code, an address or anything from which one follows without the user's keys: links and
//     texted codes follow from the case's id, a key that it names and the number of a sending or a claim. A person's free text (why
//     support was asked, what an approver noted) comes in and is kept as ciphertext; recovery.status tells it to those who may ask.
//   - A step counts only for the claim that passed it: whoever claims the case anew has none. A step that is passed out of order, or
//     a case that completes without all of them, is an error of the fold, never a state.
//   - Evolve never changes the state that it is given, and a state stays below 64 KiB whatever happens.
package recovery

import (
	"slices"

	"countersign/pkg/events"
)

// Kind is the stream's kind.
const Kind = "recovery"

// Worker owns the stream.
const Worker = "recovery"

// Wire names.
const (
	RequestedType             = "countersign.recovery.requested.v1"
	SupportRequestedType      = "countersign.recovery.support_requested.v1"
	ApprovalGivenType         = "countersign.recovery.approval_given.v1"
	DenialGivenType           = "countersign.recovery.denial_given.v1"
	CancellationRequestedType = "countersign.recovery.cancellation_requested.v1"
	OpenedType                = "countersign.recovery.opened.v1"
	StepPassedType            = "countersign.recovery.step_passed.v1"
	ApprovalRequiredType      = "countersign.recovery.approval_required.v1"
	ApprovedType              = "countersign.recovery.approved.v1"
	DeniedType                = "countersign.recovery.denied.v1"
	CancelledType             = "countersign.recovery.cancelled.v1"
	ExpiredType               = "countersign.recovery.expired.v1"
	CompletedType             = "countersign.recovery.completed.v1"
	ClaimedType               = "countersign.recovery.claimed.v1"
	TextSentType              = "countersign.recovery.text_sent.v1"
	CodeMissedType            = "countersign.recovery.code_missed.v1"
	CaptchaFailedType         = "countersign.recovery.captcha_failed.v1"
	ExpiryDueType             = "countersign.recovery.expiry_due.v1"
	CompletionDueType         = "countersign.recovery.completion_due.v1"
)

// Types returns the rows of the contract.
func Types() []events.Type { return slices.Concat(in(), out(), own()) }

func in() []events.Type {
	return []events.Type{
		asked("requested", "settings", OpenedType, "A user whose password was right has lost the device; again is the resend.",
			func() events.Event { return new(Requested) }),
		asked("support_requested", "support", ApprovalRequiredType, "Support opens a case for a user who can reach neither device nor contacts.",
			func() events.Event { return new(SupportRequested) }),
		asked("approval_given", "approver", ApprovedType, "A second person approves the case.",
			func() events.Event { return new(ApprovalGiven) }),
		asked("denial_given", "approver", DeniedType, "A second person denies the case.",
			func() events.Event { return new(DenialGiven) }),
		asked("cancellation_requested", "support", CancelledType, "Support ends the case before it completes.",
			func() events.Event { return new(CancellationRequested) }),
	}
}

func out() []events.Type {
	return []events.Type{
		told("opened", "A case is open; steps says what must be passed, in order.", func() events.Event { return new(Opened) }),
		told("step_passed", "A step of the case is passed.", func() events.Event { return new(StepPassed) }),
		told("approval_required", "The case waits for a second person.", func() events.Event { return new(ApprovalRequired) }),
		told("approved", "A second person approved the case.", func() events.Event { return new(Approved) }),
		told("denied", "A second person denied the case, which ends it.", func() events.Event { return new(Denied) }),
		told("cancelled", "The case was ended before it completed.", func() events.Event { return new(Cancelled) }),
		told("expired", "The time of the case ran out.", func() events.Event { return new(Expired) }),
		told("completed", "The case is through; the factors are cleared.", func() events.Event { return new(Completed) }),
	}
}

func own() []events.Type {
	return []events.Type{
		kept("claimed", "A browser took the case over by its link; steps passed before are void.", func() events.Event { return new(Claimed) }),
		kept("text_sent", "A code is on its way to the phone; the former one died.", func() events.Event { return new(TextSent) }),
		kept("code_missed", "A code was wrong, which counts against the user.", func() events.Event { return new(CodeMissed) }),
		kept("captcha_failed", "A CAPTCHA was not solved.", func() events.Event { return new(CaptchaFailed) }),
		timer("expiry_due", "A case has had its time.", func() events.Event { return new(ExpiryDue) }),
		timer("completion_due", "The waiting period of a case is over.", func() events.Event { return new(CompletionDue) }),
	}
}

func kept(fact, about string, fresh func() events.Event) events.Type {
	t := told(fact, about, fresh)
	t.Direction = events.Kept
	return t
}

func timer(fact, about string, fresh func() events.Event) events.Type {
	t := told(fact, about, fresh)
	t.Direction = events.Timer
	return t
}

func asked(fact, role, answer, about string, fresh func() events.Event) events.Type {
	t := told(fact, about, fresh)
	t.Direction, t.Role, t.Answers = events.In, role, []string{answer}
	return t
}

func told(fact, about string, fresh func() events.Event) events.Type {
	return events.Type{
		Entity: "recovery", Fact: fact, Version: 1, Direction: events.Out, Worker: Worker, About: about, New: fresh,
	}
}
