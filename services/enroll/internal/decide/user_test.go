package decide_test

import (
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/services/enroll/internal/decide"
)

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
		{name: "policy can forbid a second device", given: owner, policy: oneDevice,
			when: show("e1", acceptedAt("L", 0)), then: says("refused not_allowed enrollment_id")},
		{name: "which leaves a pending enrollment alone", given: pending(-minute, "e1", events.TOTP), policy: oneDevice,
			when: show("e1", decide.Login{})},
		{name: "a number has no seed", given: pending(-minute, "e1", events.SMS),
			when: show("e1", decide.Login{}), then: says("refused wrong_state enrollment_id")},
		{name: "what was replaced is not shown",
			given: history(pending(-minute, "e1", events.TOTP), discarded(0, "e1", enrollment.DiscardReplaced)),
			when:  show("e1", decide.Login{}), then: says("refused wrong_state enrollment_id")},
		{name: "what was never asked for is not found",
			when: show("e1", decide.Login{}), then: says("refused not_found enrollment_id")},
	})
}

func TestWhatNobodyDecides(t *testing.T) {
	run(t, []scenario{{name: "is refused", when: asks, then: says("refused unknown_type")}})
}
