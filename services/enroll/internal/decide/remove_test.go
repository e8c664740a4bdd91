package decide_test

import (
	"testing"
	"time"

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
			name:  "every contact is told",
			given: history(kept(-3*hour, events.Email), kept(-3*hour, events.SMS), both),
			when:  remove(events.TOTP, 0, acceptedAt("L", 0)),
			then: says("removed e1 totp, user, spends L",
				"notify factor_removed by email about e1, until 24h0m0s", "notify factor_removed by sms about e1, until 24h0m0s"),
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

func TestRecoveries(t *testing.T) {
	owner := history(kept(-2*hour, events.Email), activated(-hour, "e1", events.TOTP), activated(-hour, "e2", events.SMS))
	through := func(at time.Duration) decide.Input {
		return decide.RecoveryCompleted{Request: asks, RecoveryID: "r1", CompletedAt: noon.Add(at)}
	}
	run(t, []scenario{
		{
			name:  "a case that is through clears every factor; recovery tells the contacts",
			given: owner,
			when:  through(-second),
			then:  says("removed e1 totp e2 sms, recovery r1"),
		},
		{
			name:  "and what is pending: somebody else may have begun it",
			given: history(owner, pending(-minute, "e3", events.Email)),
			when:  through(-second),
			then:  says("removed e1 totp e2 sms, recovery r1", "discarded e3 removed"),
		},
		{
			name:  "a message about a case that is not through changes nothing",
			given: owner,
			when:  decide.RecoveryCompleted{Request: asks, RecoveryID: "r1"},
		},
		{
			name:  "a case counts once",
			given: history(owner, recovered(-second, -minute, "r1")),
			when:  through(-minute),
		},
		{
			name:  "one that was through before the last that counted changes nothing",
			given: history(owner, recovered(-second, -minute, "r2")),
			when:  through(-2 * minute),
		},
		{
			name:  "nor one from before an erasure",
			given: history(erased(-10*minute), activated(-5*minute, "e3", events.TOTP)),
			when:  through(-11 * minute),
		},
		{
			name:  "what was activated since stays",
			given: history(activated(-hour, "e1", events.TOTP), activated(-minute, "e2", events.SMS), pending(-second, "e3", events.Email)),
			when:  through(-2 * minute),
			then:  says("removed e1 totp, recovery r1"),
		},
		{
			name: "a user without a factor is noted as recovered",
			when: through(0),
			then: says("removed, recovery r1"),
		},
		{
			name:   "whoever must have a factor is recovered as well",
			given:  activated(-hour, "e1", events.TOTP),
			policy: everyoneMust,
			when:   through(0),
			then:   says("removed e1 totp, recovery r1"),
		},
	})
}
