package decide_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker/policy"
	"countersign/services/enroll/internal/decide"
)

func TestRequests(t *testing.T) {
	run(t, []scenario{
		{
			name: "an app's seed is created and waits a day for its code",
			when: request(events.TOTP, passwordAt(0)),
			then: says("created new totp, expires 24h0m0s", "timer, due 24h0m0s"),
		},
		{
			name: "a text brings the code of the number that the request names",
			when: request(events.SMS, passwordAt(0), withPhone),
			then: says(
				"created new sms to •••• 1234, sending 1, resend 30s, expires 24h0m0s",
				"notify enrollment_code by sms about new, until 5m0s",
				"timer, due 24h0m0s"),
		},
		{
			name:  "a mail goes to the contact that is kept where the request names none",
			given: kept(-hour, events.Email),
			when:  request(events.Email, passwordAt(0)),
			then: says(
				"created new email to j•••@example.org, sending 1, resend 30s, expires 24h0m0s",
				"notify enrollment_code by email about new, until 5m0s",
				"timer, due 24h0m0s"),
		},
		{
			name: "a mail without any address cannot be sent",
			when: request(events.Email, passwordAt(0), withPhone),
			then: says("refused no_contact email"),
		},
		{
			name:  "a text does not go to the mail address that is kept",
			given: kept(-hour, events.Email),
			when:  request(events.SMS, passwordAt(0)),
			then:  says("refused no_contact phone"),
		},
		{
			name:   "a factor that policy does not name is refused",
			policy: onlyTOTP,
			when:   request(events.SMS, passwordAt(0), withPhone),
			then:   says("refused not_allowed factor"),
		},
		{
			name: "a recovery code is no factor that can be enrolled",
			when: request(events.RecoveryCode, passwordAt(0)),
			then: says("refused not_allowed factor"),
		},
		{
			name:   "a user who must have a factor has a month for it",
			given:  required(-hour),
			policy: nil,
			when:   request(events.TOTP, passwordAt(0)),
			then:   says("created new totp, expires 720h0m0s", "timer, due 720h0m0s"),
		},
		{
			name:   "so has everyone where the platform requires one",
			policy: everyoneMust,
			when:   request(events.TOTP, passwordAt(0)),
			then:   says("created new totp, expires 720h0m0s", "timer, due 720h0m0s"),
		},
		{
			name:  "a new request replaces the pending one",
			given: pending(-minute, "e1", events.TOTP),
			when:  request(events.TOTP, passwordAt(0)),
			then:  says("created new totp, expires 24h0m0s", "discarded e1 replaced", "timer, due 24h0m0s"),
		},
		{
			name:  "also one of another kind",
			given: pending(-minute, "e1", events.SMS),
			when:  request(events.TOTP, passwordAt(0)),
			then:  says("created new totp, expires 24h0m0s", "discarded e1 replaced", "timer, due 24h0m0s"),
		},
		{
			name:  "one that had its time is said to have expired, though its timer is late",
			given: pending(-25*hour, "e1", events.TOTP),
			when:  request(events.TOTP, passwordAt(0)),
			then:  says("created new totp, expires 24h0m0s", "discarded e1 expired", "timer, due 24h0m0s"),
		},
		{
			name:  "the sixth request of an hour waits until the first is an hour old",
			given: fiveRequests(),
			when:  request(events.TOTP, passwordAt(0)),
			then:  says("refused rate_limited, again 10m0s"),
		},
		{
			name:  "who asks more often than that within a second costs one commit",
			given: history(fiveRequests(), tooOften(-second+1)),
			when:  request(events.TOTP, passwordAt(0)),
			then:  says("refused rate_limited, again 10m0s, shared"),
		},
		{
			name:  "a second later another",
			given: history(fiveRequests(), tooOften(-second)),
			when:  request(events.TOTP, passwordAt(0)),
			then:  says("refused rate_limited, again 10m0s"),
		},
		{
			name:  "and so does who asks for what is refused otherwise",
			given: history(fiveRequests(), tooOften(-second+1)),
			when:  request(events.TOTP, passwordAt(-hour)),
			then:  says("refused stale_reauthentication reauthenticated_at, shared"),
		},
		{
			name:  "and is let in then",
			given: fiveRequests(),
			at:    10 * minute,
			when:  request(events.TOTP, passwordAt(10*minute)),
			then:  says("created new totp, expires 24h0m0s", "discarded e5 replaced", "timer, due 24h0m0s"),
		},
	})
}

func TestWhatComesBeforeAnApp(t *testing.T) {
	both := func(p *policy.Policy) { p.TOTP.NeedsEmail, p.TOTP.NeedsPhone = true, true }
	named := func(e *enrollment.SecretCreated) {
		e.Record.Email, e.Record.Phone = contact(events.Email), contact(events.SMS)
	}
	run(t, []scenario{
		{name: "policy can want an address first", policy: both, given: kept(-hour, events.SMS),
			when: request(events.TOTP, passwordAt(0)), then: says("refused no_contact email")},
		{name: "and a number", policy: both, given: kept(-hour, events.Email),
			when: request(events.TOTP, passwordAt(0)), then: says("refused no_contact phone")},
		{name: "one that only the request names is verified by nobody", policy: both, given: kept(-hour, events.Email),
			when: request(events.TOTP, passwordAt(0), withPhone), then: says("refused no_contact phone")},
		{name: "with both an app is asked for", policy: both, given: history(kept(-hour, events.Email), kept(-hour, events.SMS)),
			when: request(events.TOTP, passwordAt(0)), then: says("created new totp, expires 24h0m0s", "timer, due 24h0m0s")},
		{name: "what was asked for before policy wanted them is not activated", policy: both, given: pending(-hour, "e1", events.TOTP, named),
			when: submit("e1", fits(100)), then: says("refused no_contact email")},
		{name: "codes that are sent prove their own contact", policy: both, given: pending(-minute, "e1", events.SMS),
			when: submit("e1", fitsSent), then: says("activated e1 sms at step 0, with codes new", "10 codes new")},
	})
}

func tooOften(at time.Duration) []past {
	return []past{{at, &events.RequestRejected{User: user, Code: events.RateLimited}}}
}

func fiveRequests() []past {
	return history(
		pending(-50*minute, "e1", events.TOTP), pending(-40*minute, "e2", events.TOTP), pending(-30*minute, "e3", events.TOTP),
		pending(-20*minute, "e4", events.TOTP), pending(-10*minute, "e5", events.TOTP),
	)
}

// An address that came along with a number is verified by nobody, until the platform says so: telling it again tells nobody anything.
func TestAContactThatWasOnlyNamedIsNoPrerequisite(t *testing.T) {
	p := under(func(p *policy.Policy) { p.TOTP.NeedsEmail, p.TOTP.NeedsPhone = true, true })
	mail := &decide.Named{Contact: *contact(events.Email)}
	var s enrollment.State
	does := func(in decide.Input) (decide.Decision, *events.Rejection) {
		d, no := decide.Decide(s, in, p, noon)
		s = after(t, s, d, noon)
		return d, no
	}
	_, _ = does(request(events.SMS, passwordAt(0), withPhone, func(in *decide.Requested) { in.Email = mail }))
	if _, no := does(submit(newEnrollment, fitsSent)); no != nil || s.Email == nil || s.Phone == nil {
		t.Fatalf("%v, kept are %+v, %+v", no, s.Email, s.Phone)
	}
	app := func(login string) decide.Input {
		return request(events.TOTP, passwordAt(0), withLogin(acceptedAt(login, 0)))
	}
	if _, no := does(app("L1")); no == nil || no.Code != events.NoContact || no.Field != "email" {
		t.Fatalf("with an address that was only named: %v", no)
	}
	same := &decide.Named{Contact: *contact(events.Email), Same: true}
	if d, no := does(decide.ContactsReported{Request: asks, Email: same, Login: acceptedAt("L2", 0)}); no != nil || len(d.Events) != 1 || s.Email.Replaced {
		t.Fatalf("%v, said %v, kept is %+v", no, d.Events, s.Email)
	}
	if _, no := does(app("L3")); no != nil {
		t.Errorf("once it is verified: %v", no)
	}
}

// What a factor needs later stands in the record and comes out of the fold again.
func TestWhatARequestSettlesIsKept(t *testing.T) {
	in := request(events.SMS, passwordAt(0), withPhone, withSameEmail, func(in *decide.Requested) { in.Locale = "de" })
	p := under(func(p *policy.Policy) { p.TOTP.Digits, p.Code.Digits = 8, 7 })
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
	p := under(func(p *policy.Policy) {
		p.TOTP.Algorithm, p.TOTP.Digits, p.TOTP.Period, p.Locale = enrollment.SHA512, 8, time.Minute, "fr"
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
