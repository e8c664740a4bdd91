package enroll_test

import (
	"reflect"
	"strconv"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker/eventstore"
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
		if after := f.state(); !reflect.DeepEqual(after, before) {
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

func TestAStepUpIsSpentOnce(t *testing.T) {
	f := start(t)
	f.ann.Enrolled(events.TOTP)
	f.ann.Enrolled(events.SMS)
	f.ann.SteppedUp("l1")
	remove := func(factor events.Factor) *enrollment.RemovalRequested {
		return &enrollment.RemovalRequested{User: "ann-1", Factor: factor, LoginID: "l1", ReauthenticatedAt: time.Now()}
	}
	r := workertest.As[*enrollment.FactorRemoved](f.House, f.Ask(remove(events.SMS)))
	if len(r.Factors) != 1 || r.Factors[0].Factor != events.SMS || r.Reason != enrollment.RemovedByUser {
		t.Errorf("removed %+v", r)
	}
	f.refused(remove(events.TOTP), events.StepUpRequired)
	f.ReplayAll()
	if s := f.state(); !reflect.DeepEqual(factorsOf(s), []events.Factor{events.TOTP}) {
		t.Errorf("left %v", factorsOf(s))
	}
}

// Forty changes at once with one step-up, over three replicas: one is made.
func TestOfRacingChangesOneSpendsTheStepUp(t *testing.T) {
	t.Parallel()
	for name, place := range workertest.Places() {
		t.Run(name, func(t *testing.T) {
			f := startAt(t, place)
			f.Wake("enroll", "enroll")
			f.ann.Enrolled(events.TOTP)
			f.ann.SteppedUp("l1")
			f.raceFor("l1")
		})
	}
}

func (f *fixture) raceFor(login string) {
	f.t.Helper()
	sent := make([]workertest.Sent, 40)
	var group sync.WaitGroup
	for i := range sent {
		address := events.NewSecret("ann" + strconv.Itoa(i) + "@example.org")
		sent[i] = f.Write(&enrollment.ContactsReported{User: "ann-1", Email: address, LoginID: login})
		group.Go(func() { f.Publish(sent[i]) })
	}
	group.Wait()
	made := 0
	for _, s := range sent {
		answer := f.Answer(s.ID)
		switch workertest.Refused(answer) {
		case "":
			workertest.As[*enrollment.ContactsChanged](f.House, answer)
			made++
		case events.StepUpRequired:
		default:
			f.t.Errorf("answered with %s", answer.Envelope.Data)
		}
	}
	if made != 1 {
		f.t.Errorf("%d changes were made by one step-up", made)
	}
}

// A login that started when there was no factor passes by the activation; one that was asked for a code does not.
func TestAnActivationPassesTheLoginThatHadNoFactorToAskFor(t *testing.T) {
	f := start(t)
	f.ann.Waived("l1")
	c := f.created(requested(events.TOTP))
	e := submitted(c.EnrollmentID, f.code(events.TOTP, c.EnrollmentID, 0))
	e.LoginID = "l1"
	if a := f.activated(e); a.LoginID != "l1" {
		t.Errorf("activated %+v", a)
	}
	f.ann.SteppedUp("l2")
	second := requested(events.SMS)
	second.LoginID = "l2"
	c = f.created(second)
	f.ann.Challenged("l3")
	for _, login := range []string{"l1", "l3"} { // passed before; asked for a code
		e = submitted(c.EnrollmentID, f.code(events.SMS, c.EnrollmentID, 1))
		e.LoginID = login
		if login == "l1" {
			e.Code = events.NewSecret(workertest.Wrong(f.code(events.SMS, c.EnrollmentID, 1)))
			f.rejected(e, enrollment.CodeWrong)
			continue
		}
		if a := f.activated(e); a.LoginID != "" {
			t.Errorf("activated %+v", a)
		}
	}
	f.ReplayAll()
}

// While the guard's stream cannot be understood, a step-up is worth nothing; once it can, it is.
func TestDoubtAboutAStepUpChangesNothing(t *testing.T) {
	t.Parallel()
	newer := func(c eventstore.Commit) eventstore.Commit {
		if c.Stream.Kind == "guard" && len(c.State) > 0 {
			c.Fold += 2
		}
		return c
	}
	for name, fault := range map[string]workertest.Faults{
		"the guard's head cannot be read":      {Before: workertest.On(workertest.Head, "guard")},
		"a newer release folded the guard":     {Read: newer},
		"the enrollment's head cannot be read": {Before: workertest.On(workertest.Head, "enrollment")},
		"the enrollment cannot be appended to": {Before: workertest.On(workertest.Append, "enrollment")},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			f.ann.Enrolled(events.TOTP)
			f.ann.SteppedUp("l1")
			f.Store.Break(fault)
			s := f.Send(&enrollment.RemovalRequested{User: "ann-1", Factor: enrollment.All, LoginID: "l1", ReauthenticatedAt: time.Now()})
			f.CameBack(enrollment.RemovalRequestedType)
			if heard := f.Answers(s.ID); len(heard) > 0 {
				t.Errorf("in doubt, %s was said", heard[0].Envelope.Type)
			}
			f.Store.Mend()
			workertest.As[*enrollment.FactorRemoved](f.House, f.Answer(s.ID))
			f.Quiet()
			if n := len(f.Answers(s.ID)); n != 1 {
				t.Errorf("%d answers", n)
			}
		})
	}
}
