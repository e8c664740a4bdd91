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
	"countersign/pkg/worker/workertest"
)

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
