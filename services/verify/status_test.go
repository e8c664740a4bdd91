package verify_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/workertest"
	"countersign/services/verify"
)

// A worker that starts anew, with empty caches, tells what the streams say.
func TestStatusComesFromThePrimaryRecord(t *testing.T) {
	f := start(t)
	app := f.User("ann-1").Enrolled(events.TOTP)
	f.User("ann-1").Enrolled(events.SMS)
	f.User("rob-1").Enrollment(&enrollment.RequirementChanged{User: "rob-1", Required: true, By: "s1"})
	wish := &guard.LoginStarted{User: "ann-1", LoginID: "l1", Factor: events.TOTP}
	c := workertest.As[*guard.ChallengeIssued](f.House, f.Ask(wish))
	f.challenge("ann-1", "l2")
	workertest.As[*guard.EnrollmentRequired](f.House, f.Ask(login("rob-1", "l3")))
	a := f.accepted(attempt("ann-1", c.ChallengeID, app.Code(workertest.Step())))
	f.User("sue-1").Enrollment(&enrollment.RequirementChanged{User: "sue-1", By: "s1"})
	w := workertest.As[*guard.ChallengeWaived](f.House, f.Ask(login("sue-1", "l4")))
	f.Restart()
	if s := f.status("ann-1", "l1"); s.State != guard.Accepted || !s.ExpiresAt.Equal(a.ExpiresAt) || s.Factor != events.TOTP || s.ChallengeID != c.ChallengeID {
		t.Errorf("accepted: %+v", s)
	}
	if s := f.status("ann-1", "l2"); s.State != guard.Challenged || s.Factor != events.SMS || s.AttemptsLeft == nil || *s.AttemptsLeft != 5 || s.ExpiresAt.IsZero() {
		t.Errorf("challenged: %+v", s)
	}
	if s := f.status("rob-1", "l3"); s.State != guard.EnrollmentNeeded || s.MayContinue {
		t.Errorf("enrollment required: %+v", s)
	}
	if s := f.status("sue-1", "l4"); s.State != guard.Waived || !s.ExpiresAt.Equal(w.ExpiresAt) {
		t.Errorf("waived: %+v", s)
	}
	for _, unknown := range []guard.LoginStatus{f.status("ann-1", "l4"), f.status("nobody-1", "l1"), f.status("bob-1", "l1")} {
		if unknown.State != guard.Unknown {
			t.Errorf("unknown: %+v", unknown)
		}
	}
	u := f.userStatus("ann-1")
	if len(u.Factors) != 2 || u.DefaultFactor != events.SMS || u.Factors[0].EnrollmentID != app.ID || u.Factors[0].Status != "active" || u.Required {
		t.Errorf("user: %+v", u)
	}
	if u := f.userStatus("rob-1"); !u.Required || len(u.Factors) != 0 {
		t.Errorf("user who must enroll: %+v", u)
	}
}

func TestStatusTellsOfAnOpenRecovery(t *testing.T) {
	f := start(t)
	ann := f.User("ann-1")
	open := &recovery.Opened{User: "ann-1", RecoveryID: "r1", Steps: []recovery.Step{recovery.Link, recovery.Text}, ExpiresAt: time.Now().Add(time.Hour)}
	if r := f.userStatus("ann-1").Recovery; r != nil {
		t.Errorf("of a user without one: %+v", r)
	}
	ann.Recovery(open)
	if r := f.userStatus("ann-1").Recovery; r == nil || r.RecoveryID != "r1" || r.State != "open" || len(r.Steps) != 2 || !r.ExpiresAt.Equal(open.ExpiresAt) {
		t.Errorf("open: %+v", r)
	}
	f.Clock.Ahead(time.Hour)
	if r := f.userStatus("ann-1").Recovery; r != nil {
		t.Errorf("when its time has come: %+v", r)
	}
	f.Clock.Ahead(0)
	ann.Recovery(&recovery.Cancelled{Outcome: recovery.Outcome{User: "ann-1", RecoveryID: "r1"}})
	if r := f.userStatus("ann-1").Recovery; r != nil {
		t.Errorf("cancelled: %+v", r)
	}
}

func TestStatusTellsWhereNothingArrives(t *testing.T) {
	f := start(t)
	ann := f.User("ann-1")
	app, codes := ann.Enrolled(events.TOTP), ann.Enrolled(events.SMS)
	ann.Enrollment(&enrollment.ContactsChanged{User: "ann-1", Record: enrollment.ContactsRecord{
		Email: &enrollment.Contact{Hint: "a•••@example.org"}, Phone: &enrollment.Contact{Hint: "•••• 1234"},
	}})
	wants := func(when string, phone, factor bool) {
		t.Helper()
		u := f.userStatus("ann-1")
		if len(u.Contacts) != 2 || u.Contacts[0].Kind != "email" || u.Contacts[1].Kind != "phone" || u.Contacts[1].DestinationHint != "•••• 1234" {
			t.Fatalf("%s: contacts are %+v", when, u.Contacts)
		}
		if u.Contacts[0].UndeliverableSince.IsZero() == false || u.Contacts[1].UndeliverableSince.IsZero() == phone {
			t.Errorf("%s: contacts are %+v", when, u.Contacts)
		}
		if u.Factors[0].EnrollmentID != app.ID || !u.Factors[0].UndeliverableSince.IsZero() || u.Factors[1].UndeliverableSince.IsZero() == factor {
			t.Errorf("%s: factors are %+v", when, u.Factors)
		}
	}
	wants("before", false, false)
	ann.Enrollment(&enrollment.ContactsBounced{
		User: "ann-1", NotificationID: "n1", Channel: notification.SMS, SentAt: time.Now(), Kept: true, EnrollmentIDs: []string{codes.ID},
	})
	wants("a text came back", true, true)
	ann.Enrollment(&enrollment.ContactsReached{User: "ann-1", Channel: notification.SMS, Kept: true})
	wants("the number was reported once more", false, true)
	if u := f.userStatus("bob-1"); u.Contacts == nil || len(u.Contacts) != 0 {
		t.Errorf("of a user without any: %+v", u.Contacts)
	}
}

// Where the record cannot be read, no status is told.
func TestStatusInDoubtIsNoStatus(t *testing.T) {
	f := start(t)
	f.User("ann-1").Waived("l1")
	for _, kind := range []string{"guard", "enrollment", "recovery"} {
		f.Store.Break(workertest.Faults{Before: workertest.On(workertest.ProvenHead, kind)})
		var u guard.UserStatus
		if code := workertest.RefusedWith(f.RPC("user", "status", guard.UserStatusRequest{User: "ann-1"}, &u)); code != "unavailable" {
			t.Errorf("%s broken: user.status says %q", kind, code)
		}
	}
	f.Store.Break(workertest.Faults{Before: workertest.On(workertest.ProvenHead, "guard")})
	var s guard.LoginStatus
	if code := workertest.RefusedWith(f.RPC("login", "status", guard.LoginStatusRequest{User: "ann-1", LoginID: "l1"}, &s)); code != "unavailable" {
		t.Errorf("login.status says %q", code)
	}
	f.Store.Mend()
	if s := f.status("ann-1", "l1"); s.State != guard.Waived {
		t.Errorf("login.status says %+v", s)
	}
}

func TestQuestionsThatCannotBeAreRefused(t *testing.T) {
	f := start(t)
	for _, q := range []struct {
		entity, verb string
		asked        any
		code         events.Code
	}{
		{"login", "status", "no object", events.Malformed},
		{"login", "status", guard.LoginStatusRequest{User: "ann-1"}, events.Invalid},
		{"user", "status", guard.UserStatusRequest{}, events.Invalid},
		{"user", "timeline", guard.UserTimelineRequest{User: "ann-1", After: "tomorrow"}, events.Invalid},
		{"user", "timeline", guard.UserTimelineRequest{User: "ann-1", Limit: 501}, events.Invalid},
	} {
		var answer any
		if code := workertest.RefusedWith(f.RPC(q.entity, q.verb, q.asked, &answer)); code != q.code {
			t.Errorf("%s.%s of %v: %q, want %s", q.entity, q.verb, q.asked, code, q.code)
		}
	}
}

// Every request has its one answer, of the kinds that the contract names.
func TestEveryRequestHasItsOneAnswer(t *testing.T) {
	workertest.AnswersEverything(t, []worker.Worker{verify.Worker()}, map[string]events.Event{
		guard.LoginStartedType:     login("ann-1", "l1"),
		guard.AttemptSubmittedType: attempt("ann-1", "c1", "123456"),
		guard.ResendRequestedType:  &guard.ResendRequested{User: "ann-1", ChallengeID: "c1"},
		guard.UnlockRequestedType:  &guard.UnlockRequested{User: "ann-1", By: "s1"},
	})
}

// CONTRACT: an activation that carries a login's id ends that login well, as an acceptance does, and no other.
func TestAnActivationEndsItsLoginWell(t *testing.T) {
	f := start(t)
	ann := f.User("ann-1")
	ann.Enrollment(&enrollment.RequirementChanged{User: "ann-1", Required: true, By: "s1"})
	for _, id := range []string{"l1", "l2"} {
		workertest.As[*guard.EnrollmentRequired](f.House, f.Ask(login("ann-1", id)))
	}
	ann.Enrollment(
		&enrollment.SecretCreated{User: "ann-1", EnrollmentID: "e1", Factor: events.TOTP, Algorithm: enrollment.SHA1, Digits: 6, Period: 30, ExpiresAt: time.Now().Add(time.Hour)},
		&enrollment.Activated{User: "ann-1", EnrollmentID: "e1", Factor: events.TOTP, LoginID: "l1"},
	)
	s := f.status("ann-1", "l1")
	if left := time.Until(s.ExpiresAt); s.State != guard.Accepted || s.Factor != events.TOTP || left <= 0 || left > 2*time.Minute {
		t.Errorf("the login that it carries is %+v", s)
	}
	if s := f.status("ann-1", "l2"); s.State != guard.EnrollmentNeeded {
		t.Errorf("another login is %+v", s)
	}
	f.removes("ann-1", enrollment.RemovedByUser, workertest.Enrolled{ID: "e1", Of: events.TOTP})
	if s := f.status("ann-1", "l1"); s.State != guard.EnrollmentNeeded {
		t.Errorf("when the factor is gone again, the login is %+v", s)
	}
}
