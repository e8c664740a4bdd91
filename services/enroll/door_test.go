package enroll_test

import (
	"reflect"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
)

// What somebody who knows the password, and no more, can have a platform send. The login is the one that they have.
func byPassword(login string) map[string]events.Event {
	now := time.Now()
	return map[string]events.Event{
		"a new app":          &enrollment.Requested{User: "ann-1", Factor: events.TOTP, ReauthenticatedAt: now, LoginID: login},
		"a new address":      &enrollment.Requested{User: "ann-1", Factor: events.Email, Email: events.NewSecret("eve@example.org"), ReauthenticatedAt: now, LoginID: login},
		"a new number":       &enrollment.Requested{User: "ann-1", Factor: events.SMS, Phone: events.NewSecret("+15005550009"), ReauthenticatedAt: now, LoginID: login},
		"one factor less":    &enrollment.RemovalRequested{User: "ann-1", Factor: events.TOTP, ReauthenticatedAt: now, LoginID: login},
		"no factor":          &enrollment.RemovalRequested{User: "ann-1", Factor: enrollment.All, ReauthenticatedAt: now, LoginID: login},
		"recovery codes":     &enrollment.RecoveryCodesRequested{User: "ann-1", ReauthenticatedAt: now, LoginID: login},
		"another contact":    &enrollment.ContactsReported{User: "ann-1", Email: events.NewSecret("eve@example.org"), LoginID: login},
		"a code once more":   &enrollment.ResendRequested{User: "ann-1", EnrollmentID: "e1"},
		"a code for nothing": &enrollment.CodeSubmitted{User: "ann-1", EnrollmentID: "e1", Code: events.NewSecret("123456"), ReauthenticatedAt: now, LoginID: login},
	}
}

// closed are the answers that leave the door as it is.
var closed = map[events.Code]bool{
	events.StepUpRequired: true, events.NotAllowed: true, events.NotFound: true, events.Invalid: true,
}

func TestAPasswordAloneOpensNothingOnceAFactorIsActive(t *testing.T) {
	t.Parallel()
	for name, login := range map[string]string{
		"without a login":                       "",
		"with a login that nobody knows":        "unknown",
		"with a login that was waived before":   "waived",
		"with a login that waits for its code":  "challenged",
		"with an accepted login of another":     "bobs",
		"with a login that was spent on a seed": "spent",
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			f.ann.Waived("waived")
			f.ann.Enrolled(events.TOTP)
			f.ann.Challenged("challenged")
			f.User("bob-1").SteppedUp("bobs")
			f.ann.SteppedUp("spent")
			f.ann.Enrollment(&enrollment.Provisioned{User: "ann-1", EnrollmentID: f.state().Factors[0].ID, LoginID: "spent"})
			f.nothingOpens(login)
		})
	}
}

func TestAStepUpThatIsTooOldOpensNothing(t *testing.T) {
	f := start(t, func(p *policy.Policy) { p.StepUp = time.Nanosecond })
	f.ann.Enrolled(events.TOTP)
	f.ann.SteppedUp("old")
	f.nothingOpens("old")
}

func (f *fixture) nothingOpens(login string) {
	f.t.Helper()
	before := f.state()
	for what, e := range byPassword(login) {
		if code := workertest.Refused(f.Ask(e)); !closed[code] {
			f.t.Errorf("%s is answered with %q", what, code)
		}
		after := f.state()
		if before.QuietAt = after.QuietAt; !reflect.DeepEqual(after, before) { // that it was asked may be known
			f.t.Errorf("%s changed %+v to %+v", what, before, after)
			before = after
		}
	}
	var p enrollment.Provisioning
	q := enrollment.ProvisioningRequest{User: "ann-1", EnrollmentID: before.Factors[0].ID, LoginID: login}
	if code := workertest.RefusedWith(f.RPC("enrollment", "provisioning", q, &p)); code != events.StepUpRequired && login != "spent" {
		f.t.Errorf("the seed is told with %q", code)
	}
	f.ReplayAll()
}

func TestAPasswordThatWasNotCheckedJustNowIsStale(t *testing.T) {
	f := start(t)
	for _, at := range []time.Time{time.Now().Add(-6 * time.Minute), time.Now().Add(2 * time.Minute)} {
		e := requested(events.TOTP)
		e.ReauthenticatedAt = at
		f.refused(e, events.StaleReauthentication)
	}
	e := requested(events.TOTP)
	e.ReauthenticatedAt = time.Time{}
	c := f.created(e)
	code := submitted(c.EnrollmentID, f.code(events.TOTP, c.EnrollmentID, 0))
	code.ReauthenticatedAt = time.Time{}
	f.refused(code, events.StaleReauthentication)
	f.activated(submitted(c.EnrollmentID, f.code(events.TOTP, c.EnrollmentID, 0)))
}
