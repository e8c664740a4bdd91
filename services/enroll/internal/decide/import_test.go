package decide_test

import (
	"fmt"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker/policy"
	"countersign/services/enroll/internal/decide"
)

func TestImports(t *testing.T) {
	step := uint64(noon.Unix() / 60)
	brought := func(step uint64) string {
		return fmt.Sprintf("activated new totp at step %d, with codes new, imported by staff-1", step)
	}
	needsEmail := func(p *policy.Policy) { p.TOTP.NeedsEmail = true }
	onlySMS := func(p *policy.Policy) { p.Factors = []events.Factor{events.SMS} }
	app := activated(-hour, "e1", events.TOTP)
	run(t, []scenario{
		{name: "the app of another system is active at once, with recovery codes; what it shows now counts as used there",
			when: bring(), then: says(brought(step), "10 codes new")},
		{name: "every contact is told", given: history(kept(-hour, events.Email), kept(-hour, events.SMS)), when: bring(),
			then: says(brought(step), "10 codes new",
				"notify factor_activated by email about new, until 24h0m0s", "notify factor_activated by sms about new, until 24h0m0s")},
		{name: "the same app again is told as it is, and nobody else is told", given: app, when: bring(sameSeed),
			then: says("activated e1 totp at step 0, with codes set, imported by staff-1")},
		{name: "another app is not put in place of an active one", given: app, when: bring(), then: says("refused wrong_state user")},
		{name: "nor beside a number: one administrator alone would have a way round it", given: activated(-hour, "e1", events.SMS),
			when: bring(), then: says("refused wrong_state user")},
		{name: "what is only pending stays, and is no app that could be the same", given: pending(-minute, "e1", events.TOTP),
			when: bring(sameSeed), then: says(brought(step), "10 codes new")},
		{name: "a factor that policy does not name is refused", policy: onlySMS, when: bring(), then: says("refused not_allowed factor")},
		{name: "policy can want an address first", policy: needsEmail, when: bring(), then: says("refused no_contact email")},
		{name: "a removed app that comes back does not accept again what a fast clock showed", when: bring(lastStep(step + 20)), then: says(brought(step+20), "10 codes new")},
		{name: "a step that no clock reaches is of an app with another period", when: bring(lastStep(step + 21)), then: says(brought(step), "10 codes new")},
		{name: "nor does one of the past count", when: bring(lastStep(step - 1)), then: says(brought(step), "10 codes new")},
	})
}

// What the codes of an imported app follow from comes out of the fold again, beside what was pending.
func TestWhatAnImportBringsIsKept(t *testing.T) {
	before := fold(t, pending(-minute, "e1", events.SMS))
	d, no := decide.Decide(before, bring(), under(nil), noon)
	if no != nil {
		t.Fatal(no)
	}
	s := after(t, before, d, noon)
	a, _ := s.Factor(events.TOTP)
	want := enrollment.Enrollment{
		ID: newEnrollment, Factor: events.TOTP, Status: enrollment.StatusActive, Key: key, Seed: "sealed seed", Label: "sealed label",
		Algorithm: enrollment.SHA256, Digits: 8, Period: 60, Locale: "de", CreatedAt: noon,
	}
	if a.Enrollment != want || a.Step != uint64(noon.Unix()/60) {
		t.Errorf("active is %+v", a)
	}
	if p, ok := s.Pending(noon); !ok || p.ID != "e1" {
		t.Errorf("pending is %+v", p)
	}
}
