package decide_test

import (
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
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
