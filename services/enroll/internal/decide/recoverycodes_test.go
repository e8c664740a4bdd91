package decide_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker/policy"
	"countersign/services/enroll/internal/decide"
)

func reveal(set string, used bool) decide.Input {
	return decide.RevealAsked{Request: asks, SetID: set, Used: used}
}

func TestSetsOfRecoveryCodes(t *testing.T) {
	owner := activated(-hour, "e1", events.TOTP)
	ask := func(password time.Time, l decide.Login) decide.Input {
		return decide.RecoveryCodesRequested{Request: asks, Key: key, ReauthenticatedAt: password, Login: l}
	}
	fresh := noon.Add(-minute)
	run(t, []scenario{
		{
			name:  "the first activation brings a set",
			given: pending(-minute, "e1", events.TOTP),
			when:  submit("e1", fits(100)),
			then:  says("activated e1 totp at step 100, with codes new", "10 codes new"),
		},
		{
			name:   "of as many codes as policy says",
			given:  pending(-minute, "e1", events.TOTP),
			policy: func(p *policy.Policy) { p.RecoveryCodes.Count = 16 },
			when:   submit("e1", fits(100)),
			then:   says("activated e1 totp at step 100, with codes new", "16 codes new"),
		},
		{
			name:  "the second brings none",
			given: history(owner, pending(-minute, "e2", events.SMS, withStepUp)),
			when:  submit("e2", fitsSent),
			then:  says("activated e2 sms at step 0"),
		},
		{
			name:  "after a recovery the first one is a first one again",
			given: history(owner, recovered(-2*minute, -3*minute, "r1"), removedAll(-2*minute, "e1"), pending(-minute, "e2", events.SMS)),
			when:  submit("e2", fitsSent),
			then:  says("activated e2 sms at step 0, with codes new", "10 codes new"),
		},
		{
			name:  "a step-up and a password bring a new set, and the step-up is spent",
			given: owner,
			when:  ask(fresh, acceptedAt("L", 0)),
			then:  says("10 codes new, spends L"),
		},
		{
			name:  "a step-up alone does not",
			given: owner,
			when:  ask(time.Time{}, acceptedAt("L", 0)),
			then:  says("refused stale_reauthentication reauthenticated_at"),
		},
		{
			name:  "nor does a password alone",
			given: owner,
			when:  ask(fresh, decide.Login{ID: "L"}),
			then:  says("refused step_up_required login_id"),
		},
		{
			name:  "nor a step-up that was spent on something else",
			given: history(owner, spent(-minute, "L", "e1")),
			when:  ask(fresh, acceptedAt("L", -2*minute)),
			then:  says("refused step_up_required login_id"),
		},
		{
			name: "codes stand beside a factor: without one there are none to be had",
			when: ask(fresh, acceptedAt("L", 0)),
			then: says("refused wrong_state"),
		},
	})
}

func TestASetIsShownOnce(t *testing.T) {
	owner := activated(-hour, "e1", events.TOTP)
	run(t, []scenario{
		{name: "a set is shown, which is kept before", given: owner,
			when: reveal("set", false), then: says("10 codes set revealed")},
		{name: "again for ten minutes: the reply may have been lost", given: history(owner, revealed(-10*minute+1, "set")),
			when: reveal("set", false)},
		{name: "then never", given: history(owner, revealed(-10*minute, "set")),
			when: reveal("set", false), then: says("refused wrong_state set_id")},
		{name: "nor once a code of it was used", given: history(owner, revealed(-minute, "set")),
			when: reveal("set", true), then: says("refused wrong_state set_id")},
		{name: "not even for the first time", given: owner,
			when: reveal("set", true), then: says("refused wrong_state set_id")},
		{name: "a set that was replaced is dead", given: history(owner, generated(-minute, "set 2")),
			when: reveal("set", false), then: says("refused not_found set_id")},
		{name: "the new one is shown for its own first time", given: history(owner, revealed(-hour, "set"), generated(-minute, "set 2")),
			when: reveal("set 2", false), then: says("10 codes set 2 revealed")},
		{name: "with the last factor go its codes", given: history(owner, removedAll(-minute, "e1")),
			when: reveal("set", false), then: says("refused not_found set_id")},
		{name: "who never had a set has none to show", when: reveal("set", false), then: says("refused not_found set_id")},
		{name: "an erased user has none", given: history(owner, erased(-minute)),
			when: reveal("set", false), then: says("refused not_found set_id")},
	})
}

func removedAll(at time.Duration, id string) []past {
	return []past{{at, &enrollment.FactorRemoved{
		User: user, Factors: []enrollment.RemovedFactor{{EnrollmentID: id, Factor: events.TOTP}}, Reason: enrollment.RemovedByUser,
	}}}
}
