package notifier_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/recovery"
)

// What each request needs before a text with a code goes out because of it.
const (
	password  = "the password: the platform says that it was right"
	challenge = "a challenge, case or enrollment that stands, which began with a right password"
	noCode    = "nothing: it sends no code"
)

// waysToAText is every request of a platform. A new one fails the test until somebody has thought about it.
var waysToAText = map[string]string{
	guard.LoginStartedType: password, recovery.RequestedType: password, enrollment.RequestedType: password,
	guard.ResendRequestedType: challenge, enrollment.ResendRequestedType: challenge,

	guard.AttemptSubmittedType: noCode, guard.UnlockRequestedType: noCode, enrollment.CodeSubmittedType: noCode,
	enrollment.RemovalRequestedType: noCode, enrollment.RecoveryCodesRequestedType: noCode, enrollment.ContactsReportedType: noCode,
	enrollment.RequirementRequestedType: noCode, enrollment.ResetRequestedType: noCode, enrollment.ErasureRequestedType: noCode,
	enrollment.ImportRequestedType: noCode, recovery.SupportRequestedType: noCode, recovery.ApprovalGivenType: noCode,
	recovery.DenialGivenType: noCode, recovery.CancellationRequestedType: noCode,
}

func TestEveryWayToATextIsThoughtAbout(t *testing.T) {
	for _, row := range catalog.New().Types() {
		if _, known := waysToAText[row.Name()]; row.Direction == events.In && !known {
			t.Errorf("say what %s needs before a text goes out because of it", row.Name())
		}
	}
}

// A thief who has the platform's name of a user and no password asks for everything that could lead to a text.
func TestWithoutThePasswordNothingOfAUsersBudgetIsTaken(t *testing.T) {
	w := inMemory()
	f := start(t, counting(w))
	f.enrolled("ann-1", number)
	before := w.of("/user/")
	stale := time.Now().Add(-6 * time.Minute)
	for _, e := range []events.Event{
		&guard.ResendRequested{User: "ann-1", ChallengeID: "guessed"},
		&guard.ResendRequested{User: "ann-1", ChallengeID: "guessed", Factor: events.SMS},
		&guard.AttemptSubmitted{User: "ann-1", ChallengeID: "guessed", Code: events.NewSecret("123456")},
		&enrollment.ResendRequested{User: "ann-1", EnrollmentID: "guessed"},
		&enrollment.Requested{User: "ann-1", Factor: events.SMS},
		&enrollment.Requested{User: "ann-1", Factor: events.SMS, ReauthenticatedAt: stale},
		&enrollment.Requested{User: "ann-1", Factor: events.SMS, ReauthenticatedAt: stale, Phone: events.NewSecret("+15551230111")},
		&enrollment.Requested{User: "ann-1", Factor: events.SMS, LoginID: "guessed"},
		&enrollment.CodeSubmitted{User: "ann-1", EnrollmentID: "guessed", Code: events.NewSecret("123456")},
		&enrollment.ContactsReported{User: "ann-1", Phone: events.NewSecret("+15551230111")},
		&enrollment.RemovalRequested{User: "ann-1", Factor: "all", LoginID: "guessed", ReauthenticatedAt: stale},
	} {
		f.Ask(e)
	}
	f.Quiet()
	f.wantArrivals(number, 1)
	f.wantArrivals("+15551230111", 0)
	if now := w.of("/user/"); now != before {
		t.Errorf("%d texts are counted, and %d were before", now, before)
	}
}

// An enrollment may begin before the password was checked again, with a code that comes to nothing without it. Its texts are none of those that
// a login has.
func TestWhatAnEnrollmentTextsIsNoneOfALogins(t *testing.T) {
	w := inMemory()
	f := start(t, counting(w))
	e := f.Ask(&enrollment.Requested{User: "ann-1", Factor: events.SMS, Phone: events.NewSecret(number)})
	if _, ok := e.Event.(*enrollment.SecretCreated); !ok {
		t.Fatalf("answered by %s", e.Envelope.Type)
	}
	f.awaitArrival(number, 1)
	f.Quiet()
	if first, known := w.of("/first/user/"), w.of("/known/user/"); first != 1 || known != 0 {
		t.Errorf("%d texts are counted with enrollments and %d with logins", first, known)
	}
}
