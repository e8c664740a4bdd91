package decide_test

import (
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/services/enroll/internal/decide"
)

func TestPasswords(t *testing.T) {
	asked := says("created new totp, expires 24h0m0s", "timer, due 24h0m0s")
	stale := says("refused stale_reauthentication reauthenticated_at")
	active := says("activated e1 totp at step 100, with codes new", "10 codes new")
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
