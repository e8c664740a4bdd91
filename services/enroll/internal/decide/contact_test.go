package decide_test

import (
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker/policy"
	"countersign/services/enroll/internal/decide"
)

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
			then: says("contacts j•••@example.org •••• 1234",
				"notify contact_changed by email about ce-1, until 24h0m0s", "notify contact_changed by sms about ce-1, until 24h0m0s"),
		},
		{
			name:  "a first number is told to the address that is kept",
			given: kept(-hour, events.Email),
			when:  report(nil, &decide.Named{Contact: *contact(events.SMS)}, decide.Login{}),
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

// What was kept before is told, whether it changed or not: its notice finds it.
func TestTheContactsOfBeforeAreFoundByTheirNotices(t *testing.T) {
	s := fold(t, history(kept(-hour, events.Email), kept(-hour, events.SMS)))
	mail := &decide.Named{Contact: enrollment.Contact{Ciphertext: "other", Hint: "o•••@example.org", Key: key}}
	d, no := decide.Decide(s, decide.ContactsReported{Request: asks, Email: mail}, under(nil), noon)
	if no != nil {
		t.Fatal(no)
	}
	s = after(t, s, d, noon)
	changed := d.Events[0].(*enrollment.ContactsChanged)
	for notice, want := range map[string]enrollment.Contact{
		changed.Record.EmailNotice: *contact(events.Email), changed.Record.PhoneNotice: *contact(events.SMS),
	} {
		if told, ok := s.FormerContact(notice); !ok || told != want {
			t.Errorf("told is %+v, want %+v", told, want)
		}
	}
	if s.Email.Contact != mail.Contact || !s.Email.Replaced || !s.Email.Since.Equal(noon) || s.Phone.Replaced {
		t.Fatalf("kept are %+v and %+v", s.Email, s.Phone)
	}
}

// A contact that a request for an app has only named is verified by the code that comes to it, however the request for that code names it.
func TestACodeVerifiesTheContactThatItCameTo(t *testing.T) {
	needs := under(func(p *policy.Policy) { p.TOTP.NeedsEmail, p.TOTP.NeedsPhone = true, true })
	asksApp := func(login string) decide.Input {
		return request(events.TOTP, passwordAt(0), withLogin(acceptedAt(login, 0)))
	}
	for name, named := range map[string]func(events.Factor) *decide.Named{
		"the one that is kept":       func(events.Factor) *decide.Named { return nil },
		"the same one, named again":  func(f events.Factor) *decide.Named { return &decide.Named{Contact: another(f), Same: true} },
		"another one, named with it": func(f events.Factor) *decide.Named { return &decide.Named{Contact: another(f)} },
	} {
		w := newWalk(t)
		w.do(request(events.TOTP, passwordAt(0), withPhone, func(in *decide.Requested) { in.Email = &decide.Named{Contact: *contact(events.Email)} }))
		w.do(submit(w.open(), fits(100)))
		for i, f := range []events.Factor{events.Email, events.SMS} {
			if _, no := decide.Decide(w.state, asksApp("L"), needs, noon); no == nil || no.Field != []string{"email", "phone"}[i] {
				t.Fatalf("%s: before its code %s is %v", name, f, no)
			}
			w.do(request(f, passwordAt(0), withLogin(acceptedAt("L of "+string(f), 0)), naming(f, named(f))))
			w.do(submit(w.open(), fitsSent))
		}
		if _, no := decide.Decide(w.state, asksApp("L"), needs, noon); no != nil {
			t.Errorf("%s: %v", name, no)
		}
	}
}

// The code went to the number of before: the one that is kept now is verified by nobody.
func TestACodeVerifiesNoContactThatWasNamedSince(t *testing.T) {
	given := history(kept(-hour, events.SMS), pending(-minute, "e1", events.SMS), []past{{-second, &enrollment.ContactsChanged{
		User: user, Record: enrollment.ContactsRecord{Phone: new(another(events.SMS)), PhoneNamed: true},
	}}})
	w := newWalk(t)
	w.state = fold(t, given)
	w.do(submit("e1", fitsSent))
	if k := w.state.Phone; k == nil || !k.Named || k.Contact != another(events.SMS) {
		t.Errorf("kept is %+v", k)
	}
}

func another(f events.Factor) enrollment.Contact {
	return enrollment.Contact{Ciphertext: "sealed otherwise", Hint: contact(f).Hint, Key: key}
}

func naming(f events.Factor, n *decide.Named) func(*decide.Requested) {
	return func(in *decide.Requested) {
		if f == events.Email {
			in.Email = n
		} else {
			in.Phone = n
		}
	}
}
