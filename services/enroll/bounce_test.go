package enroll_test

import (
	"strconv"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker/workertest"
)

// reported has the platform name the user's address.
func (f *fixture) reported(address string) {
	f.t.Helper()
	e := &enrollment.ContactsReported{User: "ann-1", Email: events.NewSecret(address)}
	if f.state().HasFactor() {
		e.LoginID = "step-up " + strconv.Itoa(len(f.ann.Commits("enrollment")))
		f.ann.SteppedUp(e.LoginID)
	}
	workertest.As[*enrollment.ContactsChanged](f.House, f.Ask(e))
}

// mailed keeps that a message went to a contact, as the notifier does.
func (f *fixture) mailed(id string, to enrollment.Contact) {
	f.t.Helper()
	f.ann.Notification(id, &notification.Sending{
		User: "ann-1", NotificationID: id, Channel: notification.Email, Template: notification.FactorActivated, About: "e1",
		ExpiresAt: time.Now().Add(time.Hour), Provider: "smtp", Try: 1,
		To: notification.Contact{Ciphertext: to.Ciphertext, Keyring: to.Key.Keyring},
	})
}

func outcome(id string, why notification.Reason) notification.Outcome {
	return notification.Outcome{User: "ann-1", NotificationID: id, About: "e1", Channel: notification.Email, Provider: "smtp", Final: true, Reason: why}
}

func failed(id string, bounced bool) *notification.Failed {
	return &notification.Failed{Outcome: outcome(id, notification.BadAddress), Record: notification.FailedRecord{Try: 1, Bounced: bounced}}
}

func (f *fixture) marks() (kept bool, factors int) {
	s := f.state()
	for _, a := range s.Factors {
		if a.Bounce != nil {
			factors++
		}
	}
	return s.Email != nil && s.Email.Bounce != nil, factors
}

func (f *fixture) wantMarks(kept bool, factors int) {
	f.t.Helper()
	f.Quiet()
	if k, n := f.marks(); k != kept || n != factors {
		f.t.Errorf("marked are the kept contact: %v, and %d factors; want %v and %d", k, n, kept, factors)
	}
}

// enrolledByMail has a factor whose codes go where notices go: the same address under another ciphertext.
func (f *fixture) enrolledByMail() (kept, codes enrollment.Contact) {
	f.t.Helper()
	e := f.created(requested(events.Email))
	f.activated(submitted(e.EnrollmentID, f.code(events.Email, e.EnrollmentID, 1)))
	f.reported("ann.other@example.org")
	f.reported(email)
	s := f.state()
	if s.Email.Ciphertext == s.Factors[0].To.Ciphertext {
		f.t.Fatal("both have one ciphertext: nothing is compared")
	}
	return s.Email.Contact, *s.Factors[0].To
}

func TestAnAddressThatMessagesComeBackFromIsMarkedWhereverItIsKept(t *testing.T) {
	f := start(t)
	_, codes := f.enrolledByMail()
	f.mailed("n1", codes)
	f.ann.Notification("n1", failed("n1", true))
	for i := range 3 { // redelivered, and said anew
		f.ann.Says("notifier", "b"+strconv.Itoa(i/2), failed("n1", true))
	}
	f.wantMarks(true, 1)
	n := len(f.ann.Commits("enrollment"))
	f.mailed("n2", codes)
	f.ann.Notification("n2", failed("n2", true))
	f.ann.Says("notifier", "b9", failed("n2", true))
	f.wantMarks(true, 1)
	if more := len(f.ann.Commits("enrollment")) - n; more != 0 {
		t.Errorf("%d commits say it once more", more)
	}
	f.SearchFor(email)
}

// The message is a hint: its word alone marks nothing.
func TestWhatTheStreamDoesNotSayMarksNothing(t *testing.T) {
	f := start(t)
	kept, _ := f.enrolledByMail()
	f.ann.Says("notifier", "b1", failed("nobody's", true))
	f.mailed("n1", kept)
	f.ann.Says("notifier", "b2", failed("n1", true)) // it is still being sent
	f.mailed("n2", kept)
	f.ann.Notification("n2", failed("n2", false)) // by no fault of the address
	f.ann.Says("notifier", "b3", failed("n2", false))
	f.wantMarks(false, 0)
}

func TestAnAddressThatWasChangedSinceIsNotMarked(t *testing.T) {
	f := start(t)
	f.reported(email)
	former := f.state().Email.Contact
	f.mailed("n1", former)
	f.ann.Notification("n1", failed("n1", true))
	f.reported("ann.new@example.org")
	f.ann.Says("notifier", "b1", failed("n1", true))
	f.wantMarks(false, 0)
	f.reported(email) // back to the former one, verified anew
	f.ann.Says("notifier", "b2", failed("n1", true))
	f.wantMarks(false, 0)
}

func TestALaterDeliveryTakesTheMarkAway(t *testing.T) {
	f := start(t)
	kept, _ := f.enrolledByMail()
	f.mailed("n0", kept)
	f.mailed("n1", kept)
	f.ann.Notification("n1", failed("n1", true))
	f.ann.Says("notifier", "b1", failed("n1", true))
	f.wantMarks(true, 1)
	arrived := func(id string) *notification.Delivered { return &notification.Delivered{Outcome: outcome(id, "")} }
	f.ann.Notification("n0", arrived("n0"))
	f.ann.Says("notifier", "d0", arrived("n0")) // it was sent before
	f.wantMarks(true, 1)
	f.mailed("n2", kept)
	f.ann.Says("notifier", "d1", arrived("n2")) // not yet
	f.wantMarks(true, 1)
	f.ann.Notification("n2", arrived("n2"))
	f.ann.Says("notifier", "d2", arrived("n2"))
	f.ann.Says("notifier", "d2", arrived("n2"))
	f.wantMarks(false, 0)
}

func TestAnErasedUsersBounceMarksNothing(t *testing.T) {
	f := start(t)
	f.reported(email)
	f.mailed("n1", f.state().Email.Contact)
	f.ann.Notification("n1", failed("n1", true))
	workertest.As[*enrollment.UserErased](f.House, f.Ask(&enrollment.ErasureRequested{User: "ann-1", By: "staff-1"}))
	f.ann.Says("notifier", "b1", failed("n1", true))
	f.reported(email) // they come back, with keys of their own
	f.ann.Says("notifier", "b2", failed("n1", true))
	f.wantMarks(false, 0)
}

// In doubt nothing is marked; once the stream can be read, it is.
func TestDoubtAboutAMessageMarksNothing(t *testing.T) {
	f := start(t)
	kept, _ := f.enrolledByMail()
	f.mailed("n1", kept)
	f.ann.Notification("n1", failed("n1", true))
	f.Store.Break(workertest.Faults{Before: workertest.On(workertest.Head, "notification")})
	f.ann.Says("notifier", "b1", failed("n1", true))
	f.CameBackTo("enroll", notification.FailedType)
	if k, n := f.marks(); k || n != 0 {
		t.Error("marked in doubt")
	}
	f.Store.Mend()
	f.wantMarks(true, 1)
}
