package guard

import "countersign/pkg/events"

// Wire names.
const (
	LoginStartedType       = "countersign.login.started.v1"
	AttemptSubmittedType   = "countersign.attempt.submitted.v1"
	ResendRequestedType    = "countersign.challenge.resend_requested.v1"
	UnlockRequestedType    = "countersign.factor.unlock_requested.v1"
	ChallengeIssuedType    = "countersign.challenge.issued.v1"
	ChallengeWaivedType    = "countersign.challenge.waived.v1"
	ChallengeClosedType    = "countersign.challenge.closed.v1"
	EnrollmentRequiredType = "countersign.enrollment.required.v1"
	AttemptAcceptedType    = "countersign.attempt.accepted.v1"
	AttemptRejectedType    = "countersign.attempt.rejected.v1"
	FactorLockedType       = "countersign.factor.locked.v1"
	FactorUnlockedType     = "countersign.factor.unlocked.v1"
	CodeReuseDetectedType  = "countersign.code.reuse_detected.v1"
	ExpiryDueType          = "countersign.challenge.expiry_due.v1"
	RecoveryCodeJudgedType = "countersign.recovery_code.judged.v1"
)

// Worker owns the stream.
const Worker = "verify"

// Types returns the rows of the contract that verify handles or says.
func Types() []events.Type {
	return append(told(), said()...)
}

func told() []events.Type {
	return []events.Type{
		{
			Entity: "login", Fact: "started", Version: 1, Direction: events.In, Worker: Worker, Role: "login",
			Answers: []string{ChallengeIssuedType, ChallengeWaivedType, EnrollmentRequiredType},
			About:   "A user's password was right, or a signed-in user is to prove who they are; the same login_id again sends nothing.",
			New:     func() events.Event { return new(LoginStarted) },
		},
		{
			Entity: "attempt", Fact: "submitted", Version: 1, Direction: events.In, Worker: Worker, Role: "login",
			Answers: []string{AttemptAcceptedType, AttemptRejectedType},
			About:   "A user typed a code.",
			New:     func() events.Event { return new(AttemptSubmitted) },
		},
		{
			Entity: "challenge", Fact: "resend_requested", Version: 1, Direction: events.In, Worker: Worker, Role: "login",
			Answers: []string{ChallengeIssuedType},
			About:   "A user asks for a new code, or for another of their factors; the code sent before dies.",
			New:     func() events.Event { return new(ResendRequested) },
		},
		{
			Entity: "factor", Fact: "unlock_requested", Version: 1, Direction: events.In, Worker: Worker, Role: "admin",
			Answers: []string{FactorUnlockedType},
			About:   "An administrator ends the wait or the suspension of a user's factors; the count of wrong codes stays.",
			New:     func() events.Event { return new(UnlockRequested) },
		},
		{
			Entity: "challenge", Fact: "expiry_due", Version: 1, Direction: events.Timer, Worker: Worker,
			About: "The life of a challenge is over.",
			New:   func() events.Event { return new(ChallengeExpiryDue) },
		},
		{
			Entity: "recovery_code", Fact: "judged", Version: 1, Direction: events.Kept, Worker: Worker,
			About: "A recovery asked what a recovery code is worth; a right one is spent.",
			New:   func() events.Event { return new(RecoveryCodeJudged) },
		},
	}
}

func said() []events.Type {
	return []events.Type{
		out("challenge", "issued", "A user is to give a code; expires_at says how long the challenge stands.",
			func() events.Event { return new(ChallengeIssued) }),
		out("challenge", "waived", "A user has no active factor and needs none: the login may go on until expires_at.",
			func() events.Event { return new(ChallengeWaived) }),
		out("challenge", "closed", "A challenge ended without an accepted code.",
			func() events.Event { return new(ChallengeClosed) }),
		out("enrollment", "required", "A user has no active factor and needs one; may_continue says whether the login may go on meanwhile.",
			func() events.Event { return new(EnrollmentRequired) }),
		out("attempt", "accepted", "A code was right: the login ends well, if the platform hears it before expires_at.",
			func() events.Event { return new(AttemptAccepted) }),
		out("attempt", "rejected", "A code was not accepted; reason says why and attempts_left what is left of the challenge.",
			func() events.Event { return new(AttemptRejected) }),
		out("factor", "locked", "Too many wrong codes: short codes of the user are refused until a time, or until unlocked.",
			func() events.Event { return new(FactorLocked) }),
		out("factor", "unlocked", "The wait or suspension of a user's factors was ended.",
			func() events.Event { return new(FactorUnlocked) }),
		out("code", "reuse_detected", "A code that opened one login was tried in another: somebody may have seen it.",
			func() events.Event { return new(CodeReuseDetected) }),
	}
}

func out(entity, fact, about string, fresh func() events.Event) events.Type {
	return events.Type{
		Entity: entity, Fact: fact, Version: 1, Direction: events.Out, Worker: Worker, About: about, New: fresh,
	}
}
