package enrollment

import "countersign/pkg/events"

// Types returns the rows of this stream's events in the order of the contract.
func Types() []events.Type {
	return append(append(in(), out()...), own()...)
}

func in() []events.Type {
	return []events.Type{
		asked("enrollment", "requested", "settings", func() events.Event { return new(Requested) },
			"A user wants a new factor.", SecretCreatedType),
		asked("enrollment", "resend_requested", "settings", func() events.Event { return new(ResendRequested) },
			"A user wants the activation code once more; the former one dies.", SecretCreatedType),
		asked("enrollment", "code_submitted", "settings", func() events.Event { return new(CodeSubmitted) },
			"A user entered the code that activates a pending factor.", ActivatedType, CodeRejectedType, DiscardedType),
		asked("factor", "removal_requested", "settings", func() events.Event { return new(RemovalRequested) },
			"A user wants to be rid of one factor, or of all.", FactorRemovedType),
		asked("recovery_codes", "requested", "settings", func() events.Event { return new(RecoveryCodesRequested) },
			"A user wants a new set of recovery codes; the old one dies.", RecoveryCodesGeneratedType),
		asked("contacts", "reported", "settings", func() events.Event { return new(ContactsReported) },
			"The platform has verified where it reaches a user.", ContactsChangedType),
		asked("requirement", "requested", "admin", func() events.Event { return new(RequirementRequested) },
			"An administrator says whether a user must have a factor.", RequirementChangedType),
		asked("factor", "reset_requested", "admin", func() events.Event { return new(ResetRequested) },
			"An administrator clears every factor of a user.", FactorRemovedType),
		asked("enrollment", "import_requested", "admin", func() events.Event { return new(ImportRequested) },
			"An administrator brings the app that a user had in another system.", ActivatedType),
		asked("user", "erasure_requested", "admin", func() events.Event { return new(ErasureRequested) },
			"An administrator wants a user forgotten.", UserErasedType),
	}
}

func out() []events.Type {
	return []events.Type{
		said("secret", "created", func() events.Event { return new(SecretCreated) },
			"A factor is pending: its seed can be fetched, or a code is on its way."),
		said("enrollment", "code_rejected", func() events.Event { return new(CodeRejected) },
			"A code did not activate its factor, which stays pending."),
		said("enrollment", "activated", func() events.Event { return new(Activated) },
			"A factor is active; the login whose id it carries may pass."),
		said("enrollment", "discarded", func() events.Event { return new(Discarded) },
			"A pending factor came to nothing."),
		said("factor", "removed", func() events.Event { return new(FactorRemoved) },
			"Factors are gone."),
		said("recovery_codes", "generated", func() events.Event { return new(RecoveryCodesGenerated) },
			"A new set of recovery codes counts; it can be revealed once."),
		said("recovery_codes", "revealed", func() events.Event { return new(RecoveryCodesRevealed) },
			"A set of recovery codes was shown for the first time."),
		said("requirement", "changed", func() events.Event { return new(RequirementChanged) },
			"It is settled whether a user must have a factor."),
		said("contacts", "changed", func() events.Event { return new(ContactsChanged) },
			"It is settled where notices and recoveries reach a user."),
		said("user", "erased", func() events.Event { return new(UserErased) },
			"A user's keys are deleted: nothing kept of them can be read."),
	}
}

func own() []events.Type {
	return []events.Type{
		{
			Entity: "enrollment", Fact: "expiry_due", Version: 1, Direction: events.Timer, Worker: Worker,
			About: "A pending factor has had its time.",
			New:   func() events.Event { return new(ExpiryDue) },
		},
		{
			Entity: "enrollment", Fact: "provisioned", Version: 1, Direction: events.Kept, Worker: Worker,
			About: "The seed of an active factor was shown once more.",
			New:   func() events.Event { return new(Provisioned) },
		},
		{
			Entity: "contacts", Fact: "bounced", Version: 1, Direction: events.Kept, Worker: Worker,
			About: "Contacts are undeliverable: a message came back for good.",
			New:   func() events.Event { return new(ContactsBounced) },
		},
		{
			Entity: "contacts", Fact: "reached", Version: 1, Direction: events.Kept, Worker: Worker,
			About: "Contacts that were undeliverable can be reached again.",
			New:   func() events.Event { return new(ContactsReached) },
		},
	}
}

func asked(entity, fact, role string, empty func() events.Event, about string, answers ...string) events.Type {
	return events.Type{
		Entity: entity, Fact: fact, Version: 1, Direction: events.In, Worker: Worker, Role: role,
		Answers: answers, About: about, New: empty,
	}
}

func said(entity, fact string, empty func() events.Event, about string) events.Type {
	return events.Type{
		Entity: entity, Fact: fact, Version: 1, Direction: events.Out, Worker: Worker, About: about, New: empty,
	}
}
