package decide_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/services/enroll/internal/decide"
)

type scenario struct {
	name   string
	policy func(*decide.Policy) // nil for Defaults with email on
	given  []past
	at     time.Duration // since noon
	when   decide.Input
	then   []string
}

func run(t *testing.T, scenarios []scenario) {
	for _, c := range scenarios {
		t.Run(c.name, func(t *testing.T) {
			now := noon.Add(c.at)
			s := fold(t, c.given)
			d, no := decide.Decide(s, c.when, policy(c.policy), now)
			if got := tell(d, no, now); !slices.Equal(got, c.then) {
				t.Fatalf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(c.then, "\n\t"))
			}
			for _, e := range d.Events {
				if err := e.Validate(); err != nil {
					t.Fatalf("%s is not valid: %v", e.EventType(), err)
				}
			}
		})
	}
}

func policy(change func(*decide.Policy)) decide.Policy {
	p := decide.Defaults()
	p.Factors = []events.Factor{events.TOTP, events.Email, events.SMS}
	if change != nil {
		change(&p)
	}
	return p
}

func says(lines ...string) []string { return lines }

func exclusive(p *decide.Policy)    { p.Exclusive = true }
func everyoneMust(p *decide.Policy) { p.Required = true }
func onlyTOTP(p *decide.Policy)     { p.Factors = []events.Factor{events.TOTP} }
func noResets(p *decide.Policy)     { p.ResetRefused = true }

const (
	minute = time.Minute
	second = time.Second
	hour   = time.Hour
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
			name:  "and is let in then",
			given: fiveRequests(),
			at:    10 * minute,
			when:  request(events.TOTP, passwordAt(10*minute)),
			then:  says("created new totp, expires 24h0m0s", "discarded e5 replaced", "timer, due 24h0m0s"),
		},
	})
}

func fiveRequests() []past {
	return history(
		pending(-50*minute, "e1", events.TOTP), pending(-40*minute, "e2", events.TOTP), pending(-30*minute, "e3", events.TOTP),
		pending(-20*minute, "e4", events.TOTP), pending(-10*minute, "e5", events.TOTP),
	)
}

func TestPasswords(t *testing.T) {
	asked := says("created new totp, expires 24h0m0s", "timer, due 24h0m0s")
	stale := says("refused stale_reauthentication reauthenticated_at")
	active := says("activated e1 totp at step 100")
	run(t, []scenario{
		{name: "a password of five minutes ago counts", when: request(events.TOTP, passwordAt(-5*minute)), then: asked},
		{name: "an older one does not", when: request(events.TOTP, passwordAt(-5*minute-1)), then: stale},
		{name: "a clock a minute ahead is forgiven", when: request(events.TOTP, passwordAt(minute)), then: asked},
		{name: "one further ahead is not", when: request(events.TOTP, passwordAt(minute+1)), then: stale},
		{name: "a request may leave the password to the code", when: request(events.TOTP), then: asked},
		{
			name:  "the code must bring it then",
			given: pending(-hour, "e1", events.TOTP, withoutPassword),
			when:  submit("e1", fits(100)),
			then:  stale,
		},
		{
			name:  "a stale one does not do",
			given: pending(-hour, "e1", events.TOTP, withoutPassword),
			when:  submit("e1", fits(100), codePasswordAt(-6*minute)),
			then:  stale,
		},
		{
			name:  "nor one from the future",
			given: pending(-hour, "e1", events.TOTP, withoutPassword),
			when:  submit("e1", fits(100), codePasswordAt(2*minute)),
			then:  stale,
		},
		{
			name:  "a fresh one does",
			given: pending(-hour, "e1", events.TOTP, withoutPassword),
			when:  submit("e1", fits(100), codePasswordAt(-minute)),
			then:  active,
		},
		{
			name:  "without it a wrong code is neither looked at nor counted",
			given: pending(-hour, "e1", events.TOTP, withoutPassword),
			when:  submit("e1"),
			then:  stale,
		},
		{
			name:  "once is enough: the request had it, the code needs none",
			given: pending(-hour, "e1", events.TOTP),
			when:  submit("e1", fits(100)),
			then:  active,
		},
		{
			name:  "and a stale one beside the code does no harm",
			given: pending(-hour, "e1", events.TOTP),
			when:  submit("e1", fits(100), codePasswordAt(-hour)),
			then:  active,
		},
	})
}

func TestStepUps(t *testing.T) {
	owner := activated(-hour, "e1", events.TOTP)
	no := says("refused step_up_required login_id")
	run(t, []scenario{
		{name: "while a factor is active a password alone asks for nothing", given: owner,
			when: request(events.SMS, passwordAt(0), withPhone), then: no},
		{name: "a login that was never accepted does not help", given: owner,
			when: request(events.TOTP, passwordAt(0), withLogin(decide.Login{ID: "L"})), then: no},
		{name: "a login that started before there was a factor does not help", given: owner,
			when: request(events.TOTP, passwordAt(0), withLogin(unproven("L"))), then: no},
		{name: "a login accepted more than five minutes ago does not help", given: owner,
			when: request(events.TOTP, passwordAt(0), withLogin(acceptedAt("L", -5*minute-1))), then: no},
		{name: "a login accepted in the future does not help", given: owner,
			when: request(events.TOTP, passwordAt(0), withLogin(acceptedAt("L", minute+1))), then: no},
		{name: "a login without a name does not help", given: owner,
			when: request(events.TOTP, passwordAt(0), withLogin(acceptedAt("", 0))), then: no},
		{
			name:  "a login accepted five minutes ago does, and is spent by it",
			given: owner,
			when:  request(events.TOTP, passwordAt(0), withLogin(acceptedAt("L", -5*minute))),
			then:  says("created new totp, expires 24h0m0s, spends L", "timer, due 24h0m0s"),
		},
		{
			name:  "a login that was spent on one change is no good for a second",
			given: history(owner, pending(-minute, "e2", events.SMS, withStepUp)),
			when:  request(events.TOTP, passwordAt(0), withLogin(acceptedAt("L of e2", -2*minute))),
			then:  no,
		},
		{
			name: "without a factor a login is not needed and not spent",
			when: request(events.TOTP, passwordAt(0), withLogin(acceptedAt("L", 0))),
			then: says("created new totp, expires 24h0m0s", "timer, due 24h0m0s"),
		},
		{
			name:  "what was asked for before there was a factor is not activated by its code alone",
			given: history(owner, pending(-minute, "e2", events.SMS)),
			when:  submit("e2", fitsSent),
			then:  no,
		},
		{
			name:  "a login that comes with its code lets it in",
			given: history(owner, pending(-minute, "e2", events.SMS)),
			when:  submit("e2", fitsSent, codeLogin(acceptedAt("L", 0))),
			then:  says("activated e2 sms at step 0, spends L"),
		},
		{
			name:  "more changes than can be remembered have to wait",
			given: history(owner, manySpent(enrollment.MaxSpent)),
			when:  request(events.TOTP, passwordAt(0), withLogin(acceptedAt("L", 0))),
			then:  says("refused rate_limited, again 15m0s"),
		},
	})
}

func manySpent(n int) []past {
	var all []past
	for i := range n {
		all = append(all, spent(-minute, "L"+string(rune('A'+i)), "e1")...)
	}
	return all
}

func TestActivations(t *testing.T) {
	run(t, []scenario{
		{
			name:  "the code that the app shows activates it",
			given: pending(-minute, "e1", events.TOTP),
			when:  submit("e1", fits(100)),
			then:  says("activated e1 totp at step 100"),
		},
		{
			name:  "a code that fits two steps spends both",
			given: pending(-minute, "e1", events.TOTP),
			when:  submit("e1", fits(99, 101)),
			then:  says("activated e1 totp at step 101"),
		},
		{
			name:  "the code that was sent activates its number",
			given: pending(-minute, "e1", events.SMS),
			when:  submit("e1", fitsSent),
			then:  says("activated e1 sms at step 0"),
		},
		{
			name:  "evidence of another kind activates nothing",
			given: pending(-minute, "e1", events.SMS),
			when:  submit("e1", fits(100)),
			then:  says("rejected wrong_code, 4 left"),
		},
		{
			name:  "nor the other way round",
			given: pending(-minute, "e1", events.TOTP),
			when:  submit("e1", fitsSent),
			then:  says("rejected wrong_code, 4 left"),
		},
		{
			name:  "the login during which a first factor is added passes with it",
			given: pending(-minute, "e1", events.TOTP),
			when:  submit("e1", fits(100), codeLogin(unproven("L"))),
			then:  says("activated e1 totp at step 100, passes L"),
		},
		{
			name:  "a login that started with a factor active does not pass by an activation",
			given: history(activated(-hour, "e1", events.TOTP), pending(-minute, "e2", events.SMS, withStepUp)),
			when:  submit("e2", fitsSent, codeLogin(acceptedAt("L", 0))),
			then:  says("activated e2 sms at step 0"),
		},
		{
			name:  "a login that nobody knows does not pass",
			given: pending(-minute, "e1", events.TOTP),
			when:  submit("e1", fits(100), codeLogin(decide.Login{ID: "L"})),
			then:  says("activated e1 totp at step 100"),
		},
		{
			name:  "a login passes by an activation only once",
			given: history(pending(-minute, "e1", events.TOTP), spent(-minute, "L", "e0")),
			when:  submit("e1", fits(100), codeLogin(unproven("L"))),
			then:  says("activated e1 totp at step 100"),
		},
		{
			name:  "a new factor replaces the former one of its kind",
			given: history(activated(-hour, "e1", events.TOTP), pending(-minute, "e2", events.TOTP, withStepUp)),
			when:  submit("e2", fits(100)),
			then:  says("activated e2 totp at step 100", "removed e1 totp, replaced"),
		},
		{
			name:  "and stands beside those of other kinds",
			given: history(activated(-hour, "e1", events.TOTP), pending(-minute, "e2", events.SMS, withStepUp)),
			when:  submit("e2", fitsSent),
			then:  says("activated e2 sms at step 0"),
		},
		{
			name: "unless policy keeps one factor only",
			given: history(activated(-2*hour, "e1", events.TOTP), activated(-hour, "e2", events.SMS),
				pending(-minute, "e3", events.Email, withStepUp)),
			policy: exclusive,
			when:   submit("e3", fitsSent),
			then:   says("activated e3 email at step 0", "removed e1 totp e2 sms, replaced"),
		},
		{
			name: "contacts that the request named are kept from the activation on",
			given: pending(-minute, "e1", events.TOTP, func(e *enrollment.SecretCreated) {
				e.Record.Email, e.Record.Phone = contact(events.Email), contact(events.SMS)
			}),
			when: submit("e1", fits(100)),
			then: says("activated e1 totp at step 100", "contacts j•••@example.org •••• 1234"),
		},
		{
			name: "the former contact is told that it was replaced",
			given: history(kept(-hour, events.Email), pending(-minute, "e1", events.Email, func(e *enrollment.SecretCreated) {
				e.Record.Email = contact(events.Email)
			})),
			when: submit("e1", fitsSent),
			then: says("activated e1 email at step 0", "contacts j•••@example.org ",
				"notify contact_changed by email about ce-1, until 24h0m0s"),
		},
		{
			name:   "a factor that policy no longer allows is not activated",
			given:  pending(-minute, "e1", events.SMS),
			policy: onlyTOTP,
			when:   submit("e1", fitsSent),
			then:   says("refused not_allowed factor"),
		},
		{
			name:  "an enrollment is activated once",
			given: activated(-minute, "e1", events.TOTP),
			when:  submit("e1", fits(101)),
			then:  says("refused wrong_state enrollment_id"),
		},
		{
			name:  "one that was replaced is not activated by its right code",
			given: history(pending(-minute, "e1", events.TOTP), discarded(0, "e1", enrollment.DiscardReplaced)),
			when:  submit("e1", fits(100)),
			then:  says("refused wrong_state enrollment_id"),
		},
		{
			name: "one that nobody asked for is not found",
			when: submit("e1", fits(100)),
			then: says("refused not_found enrollment_id"),
		},
	})
}

func TestWrongCodes(t *testing.T) {
	run(t, []scenario{
		{
			name:  "a wrong code is told how many are left",
			given: history(pending(-minute, "e1", events.TOTP), missed(0, "e1", 2)),
			when:  submit("e1"),
			then:  says("rejected wrong_code, 2 left"),
		},
		{
			name:  "the fifth discards the enrollment",
			given: history(pending(-minute, "e1", events.TOTP), missed(0, "e1", 4)),
			when:  submit("e1"),
			then:  says("discarded e1 too_many_attempts"),
		},
		{
			name:  "a right code after four wrong ones activates",
			given: history(pending(-minute, "e1", events.TOTP), missed(0, "e1", 4)),
			when:  submit("e1", fits(100)),
			then:  says("activated e1 totp at step 100"),
		},
		{
			name:  "a resend does not lower the count",
			given: history(pending(-2*minute, "e1", events.SMS), missed(-minute, "e1", 4), resent(-minute, "e1", 2, minute)),
			when:  submit("e1"),
			then:  says("discarded e1 too_many_attempts"),
		},
		{
			name:  "nor does a new enrollment: the tenth of a day says when the next is looked at",
			given: history(nineWrong(), pending(-minute, "e3", events.TOTP)),
			when:  submit("e3"),
			then:  says("rejected wrong_code, 0 left, again 21h0m0s"),
		},
		{
			name:  "fewer are left where the day has fewer",
			given: history(nineWrong()[:8], pending(-minute, "e3", events.TOTP)),
			when:  submit("e3"),
			then:  says("rejected wrong_code, 3 left"),
		},
		{
			name:  "after ten even the right code has to wait",
			given: history(nineWrong(), pending(-minute, "e3", events.TOTP), missed(-second, "e3", 1)),
			when:  submit("e3", fits(100)),
			then:  says("rejected rate_limited, 0 left, again 21h0m0s"),
		},
		{
			name:  "and is accepted when the first is a day old",
			given: history(nineWrong(), pending(-minute, "e3", events.TOTP), missed(-second, "e3", 1)),
			at:    21 * hour,
			when:  submit("e3", fits(100)),
			then:  says("activated e3 totp at step 100"),
		},
	})
}

// nineWrong are five that discarded one enrollment and four of another, from three hours ago on.
func nineWrong() []past {
	return history(
		pending(-4*hour, "e1", events.TOTP), missed(-3*hour, "e1", 4), discarded(-3*hour, "e1", enrollment.DiscardTooManyAttempts),
		pending(-2*hour, "e2", events.TOTP), missed(-2*hour, "e2", 4),
	)
}

func TestSentCodes(t *testing.T) {
	run(t, []scenario{
		{
			name:  "a code that was sent lives five minutes",
			given: pending(-5*minute+second, "e1", events.SMS),
			when:  submit("e1", fitsSent),
			then:  says("activated e1 sms at step 0"),
		},
		{
			name:  "then it is too old, and not counted",
			given: history(pending(-5*minute, "e1", events.SMS), missed(-minute, "e1", 1)),
			when:  submit("e1", fitsSent),
			then:  says("rejected expired, 4 left"),
		},
		{
			name:  "a wrong code is not looked at then",
			given: pending(-5*minute, "e1", events.SMS),
			when:  submit("e1"),
			then:  says("rejected expired, 5 left"),
		},
		{
			name:  "another is sent after half a minute",
			given: pending(-30*second, "e1", events.SMS),
			when:  resend("e1"),
			then: says("created e1 sms to •••• 1234, sending 2, resend 1m0s, expires 23h59m30s",
				"notify enrollment_code by sms about e1, until 5m0s"),
		},
		{
			name:  "not before",
			given: pending(-29*second, "e1", events.SMS),
			when:  resend("e1"),
			then:  says("refused rate_limited, again 1s"),
		},
		{
			name:  "the wait doubles with every sending",
			given: history(pending(-2*minute, "e1", events.SMS), resent(-minute, "e1", 2, minute)),
			when:  resend("e1"),
			then: says("created e1 sms to •••• 1234, sending 3, resend 2m0s, expires 23h58m0s",
				"notify enrollment_code by sms about e1, until 5m0s"),
		},
		{
			name:  "after the fifth resend there is no further one",
			given: history(pending(-hour, "e1", events.SMS), resent(-hour, "e1", 5, minute)),
			when:  resend("e1"),
			then: says("created e1 sms to •••• 1234, sending 6, expires 23h0m0s",
				"notify enrollment_code by sms about e1, until 5m0s"),
		},
		{
			name:  "a sixth is refused",
			given: history(pending(-hour, "e1", events.SMS), resent(-hour, "e1", 6, 0)),
			when:  resend("e1"),
			then:  says("refused rate_limited"),
		},
		{
			name:  "a user gets ten an hour, whatever the enrollment",
			given: history(tenResends(), pending(-5*minute, "e3", events.SMS)),
			when:  resend("e3"),
			then:  says("refused rate_limited, again 20m0s"),
		},
		{
			name:  "an app has nothing to be sent: the present state is said again",
			given: pending(-minute, "e1", events.TOTP),
			when:  resend("e1"),
			then:  says("created e1 totp, expires 23h59m0s"),
		},
		{
			name:  "what is active is not sent again",
			given: activated(-minute, "e1", events.SMS),
			when:  resend("e1"),
			then:  says("refused wrong_state enrollment_id"),
		},
		{
			name:  "nor what has expired",
			given: pending(-24*hour, "e1", events.SMS),
			when:  resend("e1"),
			then:  says("refused wrong_state enrollment_id"),
		},
		{name: "nor what was never asked for", when: resend("e1"), then: says("refused not_found enrollment_id")},
	})
}

func tenResends() []past {
	all := history(pending(-50*minute, "e1", events.SMS))
	for n := uint64(2); n <= 6; n++ {
		all = append(all, resent(-40*minute, "e1", n, 0)...)
	}
	all = append(all, pending(-30*minute, "e2", events.SMS)...)
	for n := uint64(2); n <= 6; n++ {
		all = append(all, resent(-20*minute, "e2", n, 0)...)
	}
	return all
}

func TestExpiry(t *testing.T) {
	run(t, []scenario{
		{name: "a pending enrollment is discarded when its day is over",
			given: pending(-24*hour, "e1", events.TOTP), when: due("e1"), then: says("discarded e1 expired")},
		{name: "a timer that comes too early comes again",
			given: pending(-24*hour+1, "e1", events.TOTP), when: due("e1"), then: says("early")},
		{name: "what was activated meanwhile stays", given: activated(-24*hour, "e1", events.TOTP), when: due("e1")},
		{name: "what was replaced meanwhile is not in the way",
			given: history(pending(-24*hour, "e1", events.TOTP), pending(-hour, "e2", events.TOTP)), when: due("e1")},
		{
			name:  "a code that comes before the late timer finds the enrollment expired",
			given: pending(-24*hour, "e1", events.TOTP),
			when:  submit("e1", fits(100)),
			then:  says("discarded e1 expired"),
		},
		{
			name:  "a code in the last moment activates",
			given: pending(-24*hour+1, "e1", events.TOTP),
			when:  submit("e1", fits(100)),
			then:  says("activated e1 totp at step 100"),
		},
	})
}
