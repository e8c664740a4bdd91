// Package recovery holds the events of a recovery: a case in which a user who lost the device proves by other means to be who they
// say, alone or through support. Its end clears the factors; enroll reads that from the case's stream.
//
// A person's free text (why support was asked, what an approver noted) comes in and is kept as ciphertext; no event that goes out holds
// it, recovery.status tells it to those who may ask.
package recovery

import "countersign/pkg/events"

// Worker owns the streams of this package.
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
)

// Types returns the rows of the contract.
func Types() []events.Type { return append(in(), out()...) }

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
