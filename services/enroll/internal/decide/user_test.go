package decide_test

import (
	"slices"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/services/enroll/internal/decide"
)

func TestRemovals(t *testing.T) {
	both := history(activated(-2*hour, "e1", events.TOTP), activated(-hour, "e2", events.SMS))
	run(t, []scenario{
		{
			name:  "a step-up removes one factor and is spent",
			given: both,
			when:  remove(events.TOTP, 0, acceptedAt("L", 0)),
			then:  says("removed e1 totp, user, spends L"),
		},
		{
			name:  "or all",
			given: both,
			when:  remove(enrollment.All, 0, acceptedAt("L", 0)),
			then:  says("removed e1 totp e2 sms, user, spends L"),
		},
		{
			name:  "a password alone removes nothing",
			given: both,
			when:  remove(events.TOTP, 0, decide.Login{ID: "L"}),
			then:  says("refused step_up_required login_id"),
		},
		{
			name:  "nor does a step-up without a fresh password",
			given: both,
			when:  remove(events.TOTP, -6*minute, acceptedAt("L", 0)),
			then:  says("refused stale_reauthentication reauthenticated_at"),
		},
		{
			name:  "nor does a step-up that is spent",
			given: history(both, spent(-minute, "L", "e1")),
			when:  remove(events.TOTP, 0, acceptedAt("L", -2*minute)),
			then:  says("refused step_up_required login_id"),
		},
		{
			name: "who has no factor is told so",
			when: remove(events.TOTP, 0, decide.Login{ID: "L"}),
			then: says("removed, user"),
		},
		{
			name:  "the last factor of a user who must have one stays",
			given: history(required(-hour), activated(-hour, "e1", events.TOTP)),
			when:  remove(events.TOTP, 0, acceptedAt("L", 0)),
			then:  says("refused not_allowed factor"),
		},
		{
			name:   "also where the platform requires one",
			given:  both,
			policy: everyoneMust,
			when:   remove(enrollment.All, 0, acceptedAt("L", 0)),
			then:   says("refused not_allowed factor"),
		},
		{
			name:   "one of two may go",
			given:  both,
			policy: everyoneMust,
			when:   remove(events.SMS, 0, acceptedAt("L", 0)),
			then:   says("removed e2 sms, user, spends L"),
		},
	})
}

func TestResets(t *testing.T) {
	owner := history(kept(-2*hour, events.Email), kept(-2*hour, events.SMS), activated(-hour, "e1", events.TOTP))
	yes, no := true, false
	reset := func(required *bool) decide.Input {
		return decide.ResetRequested{Request: asks, By: "staff-1", Reason: "sealed", ReasonKey: key, Required: required}
	}
	told := []string{
		"notify factor_reset by email about e1, until 24h0m0s",
		"notify factor_reset by sms about e1, until 24h0m0s",
	}
	run(t, []scenario{
		{
			name:  "an administrator clears every factor and every contact is told",
			given: owner,
			when:  reset(nil),
			then:  append(says("removed e1 totp, admin"), told...),
		},
		{
			name:  "what is pending goes as well: somebody else may have begun it",
			given: history(owner, pending(-minute, "e2", events.SMS)),
			when:  reset(nil),
			then:  append(says("removed e1 totp, admin", "discarded e2 removed"), told...),
		},
		{
			name:  "the requirement is set in the same commit",
			given: owner,
			when:  reset(&yes),
			then:  append(says("removed e1 totp, admin", "required true by staff-1"), told...),
		},
		{
			name:  "unless it is set already",
			given: owner,
			when:  reset(&no),
			then:  append(says("removed e1 totp, admin"), told...),
		},
		{
			name: "who has no factor is told so, and nobody else",
			when: reset(nil),
			then: says("removed, admin"),
		},
		{
			name:   "it is refused where recovery demands approval",
			given:  owner,
			policy: noResets,
			when:   reset(nil),
			then:   says("refused not_allowed"),
		},
	})
}

func TestContacts(t *testing.T) {
	report := func(email, phone *decide.Named, l decide.Login) decide.Input {
		return decide.ContactsReported{Request: asks, Email: email, Phone: phone, Login: l}
	}
	mail := &decide.Named{Contact: *contact(events.Email)}
	same := &decide.Named{Contact: *contact(events.Email), Same: true}
	run(t, []scenario{
		{
			name: "a first contact is kept",
			when: report(mail, nil, decide.Login{}),
			then: says("contacts j•••@example.org "),
		},
		{
			name:  "a changed one counts at once and the former one is told",
			given: history(kept(-hour, events.Email), kept(-hour, events.SMS)),
			when:  report(mail, nil, decide.Login{}),
			then:  says("contacts j•••@example.org •••• 1234", "notify contact_changed by email about ce-1, until 24h0m0s"),
		},
		{
			name:  "the same one again changes nothing and tells nobody",
			given: kept(-hour, events.Email),
			when:  report(same, nil, decide.Login{}),
			then:  says("contacts j•••@example.org "),
		},
		{
			name:  "while a factor is active a step-up is needed",
			given: activated(-hour, "e1", events.TOTP),
			when:  report(mail, nil, decide.Login{}),
			then:  says("refused step_up_required login_id"),
		},
		{
			name:  "and is spent",
			given: activated(-hour, "e1", events.TOTP),
			when:  report(mail, nil, acceptedAt("L", 0)),
			then:  says("contacts j•••@example.org , spends L"),
		},
	})
}

func TestRequirements(t *testing.T) {
	run(t, []scenario{
		{
			name: "an administrator demands a factor",
			when: decide.RequirementRequested{Request: asks, Required: true, By: "staff-1"},
			then: says("required true by staff-1"),
		},
		{
			name:  "or no longer",
			given: required(-hour),
			when:  decide.RequirementRequested{Request: asks, Required: false, By: "staff-2"},
			then:  says("required false by staff-2"),
		},
	})
}

func TestProvisioning(t *testing.T) {
	owner := activated(-hour, "e1", events.TOTP)
	run(t, []scenario{
		{name: "the seed of a pending enrollment is shown", given: pending(-minute, "e1", events.TOTP),
			when: show("e1", decide.Login{})},
		{name: "not when it has expired", given: pending(-24*hour, "e1", events.TOTP),
			when: show("e1", decide.Login{}), then: says("refused wrong_state enrollment_id")},
		{name: "that of an active one needs a step-up", given: owner,
			when: show("e1", decide.Login{}), then: says("refused step_up_required login_id")},
		{name: "and spends it", given: owner,
			when: show("e1", acceptedAt("L", 0)), then: says("provisioned e1, spends L")},
		{name: "which shows the same seed again while it is fresh: the reply may be lost",
			given: history(owner, spent(-minute, "L", "e1")),
			when:  show("e1", acceptedAt("L", -2*minute))},
		{name: "but no longer", given: history(owner, spent(-minute, "L", "e1")),
			when: show("e1", acceptedAt("L", -6*minute)), then: says("refused step_up_required login_id")},
		{name: "and no other seed", given: history(owner, spent(-minute, "L", "e0")),
			when: show("e1", acceptedAt("L", -2*minute)), then: says("refused step_up_required login_id")},
		{name: "a number has no seed", given: pending(-minute, "e1", events.SMS),
			when: show("e1", decide.Login{}), then: says("refused wrong_state enrollment_id")},
		{name: "what was replaced is not shown",
			given: history(pending(-minute, "e1", events.TOTP), discarded(0, "e1", enrollment.DiscardReplaced)),
			when:  show("e1", decide.Login{}), then: says("refused wrong_state enrollment_id")},
		{name: "what was never asked for is not found",
			when: show("e1", decide.Login{}), then: says("refused not_found enrollment_id")},
	})
}

func TestWhatThisReleaseDoesNotOffer(t *testing.T) {
	run(t, []scenario{
		{name: "recovery codes", when: decide.RecoveryCodesRequested{Request: asks}, then: says("refused not_allowed")},
		{name: "erasure", when: decide.ErasureRequested{Request: asks}, then: says("refused not_allowed")},
		{name: "what nobody knows", when: asks, then: says("refused unknown_type")},
	})
}

// What a factor needs later stands in the record and comes out of the fold again.
func TestWhatARequestSettlesIsKept(t *testing.T) {
	in := request(events.SMS, passwordAt(0), withPhone, withSameEmail, func(in *decide.Requested) { in.Locale = "de" })
	p := policy(func(p *decide.Policy) { p.Digits, p.CodeDigits = 8, 7 })
	d, no := decide.Decide(enrollment.State{}, in, p, noon)
	if no != nil {
		t.Fatal(no)
	}
	s := after(t, enrollment.State{}, d, noon)
	got, ok := s.Pending(noon)
	if !ok || got.ID != newEnrollment || got.NotificationID != newNotification || got.Key != key || *got.To != *contact(events.SMS) {
		t.Fatalf("pending is %+v", got)
	}
	if got.Digits != 7 || got.Locale != "de" || !got.Reauthenticated || got.SteppedUp || got.Email != nil || got.Phone == nil {
		t.Fatalf("pending is %+v", got)
	}
}

func TestAnAppIsToldWhatPolicySays(t *testing.T) {
	p := policy(func(p *decide.Policy) {
		p.Algorithm, p.Digits, p.Period, p.Locale = enrollment.SHA512, 8, 60, "fr"
	})
	in := request(events.TOTP, passwordAt(0), func(in *decide.Requested) { in.Label = "sealed label" })
	d, no := decide.Decide(enrollment.State{}, in, p, noon)
	if no != nil {
		t.Fatal(no)
	}
	got, _ := after(t, enrollment.State{}, d, noon).Pending(noon)
	if got.Algorithm != enrollment.SHA512 || got.Digits != 8 || got.Period != 60 || got.Label != "sealed label" || got.Locale != "fr" {
		t.Fatalf("pending is %+v", got)
	}
}

func TestTheFormerContactIsFoundByItsNotice(t *testing.T) {
	s := fold(t, kept(-hour, events.Email))
	mail := &decide.Named{Contact: enrollment.Contact{Ciphertext: "other", Hint: "o•••@example.org", Key: key}}
	d, no := decide.Decide(s, decide.ContactsReported{Request: asks, Email: mail}, policy(nil), noon)
	if no != nil {
		t.Fatal(no)
	}
	s = after(t, s, d, noon)
	changed := d.Events[0].(*enrollment.ContactsChanged)
	former, ok := s.FormerContact(changed.Record.EmailNotice)
	if !ok || former != *contact(events.Email) {
		t.Fatalf("former contact is %+v", former)
	}
	if s.Email.Contact != mail.Contact || !s.Email.Replaced || !s.Email.Since.Equal(noon) {
		t.Fatalf("kept contact is %+v", s.Email)
	}
}

func TestAUserAddsANumberThenANewPhoneThenLeaves(t *testing.T) {
	w := newWalk(t)
	w.do(request(events.TOTP, passwordAt(0)))
	w.do(submit(w.open(), fits(100), codeLogin(unproven("L0"))))
	w.later(minute)
	w.do(request(events.SMS, passwordAt(minute), withPhone, withLogin(acceptedAt("L1", minute))))
	w.do(submit(w.open(), fitsSent))
	w.later(minute)
	w.do(request(events.TOTP, passwordAt(2*minute), withLogin(acceptedAt("L2", 2*minute))))
	w.do(submit(w.open(), fits(200)))
	if kinds := w.kinds(); !slices.Equal(kinds, []events.Factor{events.SMS, events.TOTP}) {
		t.Fatalf("active are %v", kinds)
	}
	if d, _ := w.state.Default(); d.Factor != events.TOTP || d.Step != 200 {
		t.Fatalf("default is %+v", d)
	}
	w.later(minute)
	w.do(remove(enrollment.All, 3*minute, acceptedAt("L3", 3*minute)))
	if w.state.HasFactor() {
		t.Fatalf("active are %v", w.kinds())
	}
}
