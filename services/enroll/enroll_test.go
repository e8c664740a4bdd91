package enroll_test

import (
	"encoding/base64"
	"slices"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/enroll"
)

var factors = []events.Factor{events.TOTP, events.Email, events.SMS}

func TestAFactorBecomesActiveByItsCode(t *testing.T) {
	t.Parallel()
	for _, factor := range factors {
		t.Run(string(factor), func(t *testing.T) {
			f := start(t)
			answer := f.Ask(requested(factor))
			c := workertest.As[*enrollment.SecretCreated](f.House, answer)
			if c.Factor != factor || c.EnrollmentID == "" || answer.Envelope.CorrelationID != c.EnrollmentID {
				t.Errorf("created %+v", c)
			}
			f.announced(answer, factor)
			right := f.code(factor, c.EnrollmentID, 1)
			if r := f.rejected(submitted(c.EnrollmentID, workertest.Wrong(right)), enrollment.CodeWrong); r.AttemptsLeft != 4 {
				t.Errorf("%d attempts are left, want 4", r.AttemptsLeft)
			}
			a := f.activated(submitted(c.EnrollmentID, right))
			if a.EnrollmentID != c.EnrollmentID || a.Factor != factor || a.LoginID != "" {
				t.Errorf("activated %+v", a)
			}
			if s := f.state(); !slices.Equal(factorsOf(s), []events.Factor{factor}) || s.Open != nil || factor == events.TOTP && s.Factors[0].Step < workertest.Step()-2 {
				t.Errorf("left %+v", s)
			}
			f.refused(submitted(c.EnrollmentID, right), events.WrongState)
			f.ReplayAll()
			f.SearchFor(right, email, phone)
		})
	}
}

// announced checks that the notifier is asked for the code of a factor that sends one.
func (f *fixture) announced(answer workertest.Event, factor events.Factor) {
	f.t.Helper()
	var channels []string
	for _, e := range f.Following(answer) {
		channels = append(channels, string(workertest.As[*notification.Requested](f.House, e).Channel))
	}
	want := []string{string(factor)}
	if factor == events.TOTP {
		want = nil
	}
	if !slices.Equal(channels, want) {
		f.t.Errorf("the notifier is asked for %v, want %v", channels, want)
	}
}

func TestAResendKillsTheCodeBefore(t *testing.T) {
	f := start(t)
	c := f.created(requested(events.SMS))
	first := f.code(events.SMS, c.EnrollmentID, 1)
	again := f.created(&enrollment.ResendRequested{User: "ann-1", EnrollmentID: c.EnrollmentID})
	if again.EnrollmentID != c.EnrollmentID || !again.ExpiresAt.Equal(c.ExpiresAt) {
		t.Errorf("resent %+v", again)
	}
	f.rejected(submitted(c.EnrollmentID, first), enrollment.CodeWrong)
	f.activated(submitted(c.EnrollmentID, f.code(events.SMS, c.EnrollmentID, 2)))
	f.ReplayAll()
}

func TestACodeThatWasSentExpires(t *testing.T) {
	f := start(t, func(p *policy.Policy) { p.Code.Life = time.Millisecond })
	c := f.created(requested(events.Email))
	if r := f.rejected(submitted(c.EnrollmentID, f.code(events.Email, c.EnrollmentID, 1)), enrollment.CodeExpired); r.AttemptsLeft != 5 {
		t.Errorf("%d attempts are left: an expired code costs none", r.AttemptsLeft)
	}
}

func TestAPendingEnrollmentIsDiscardedAfterTooManyWrongCodes(t *testing.T) {
	f := start(t, func(p *policy.Policy) { p.Enrollment.Attempts = 2 })
	c := f.created(requested(events.SMS))
	right := f.code(events.SMS, c.EnrollmentID, 1)
	f.rejected(submitted(c.EnrollmentID, workertest.Wrong(right)), enrollment.CodeWrong)
	d := workertest.As[*enrollment.Discarded](f.House, f.Ask(submitted(c.EnrollmentID, workertest.Wrong(right))))
	if d.Reason != enrollment.DiscardTooManyAttempts {
		t.Errorf("discarded as %s", d.Reason)
	}
	f.refused(submitted(c.EnrollmentID, right), events.WrongState)
	f.ReplayAll()
}

func TestANewRequestReplacesThePendingOne(t *testing.T) {
	f := start(t)
	first := f.created(requested(events.SMS))
	answer := f.Ask(requested(events.TOTP))
	follow := f.Following(answer)
	if len(follow) != 1 {
		t.Fatalf("%d events follow, want 1", len(follow))
	}
	if d := workertest.As[*enrollment.Discarded](f.House, follow[0]); d.EnrollmentID != first.EnrollmentID || d.Reason != enrollment.DiscardReplaced {
		t.Errorf("discarded %+v", d)
	}
	f.refused(submitted(first.EnrollmentID, f.code(events.SMS, first.EnrollmentID, 1)), events.WrongState)
	f.ReplayAll()
}

func TestANewFactorOfAKindReplacesTheOldOne(t *testing.T) {
	f := start(t)
	old := f.ann.Enrolled(events.TOTP)
	f.ann.SteppedUp("l1")
	e := requested(events.TOTP)
	e.LoginID = "l1"
	c := f.created(e)
	answer := f.Ask(submitted(c.EnrollmentID, f.code(events.TOTP, c.EnrollmentID, 0)))
	workertest.As[*enrollment.Activated](f.House, answer)
	r := follows[*enrollment.FactorRemoved](f, answer)[0]
	if len(r.Factors) != 1 || r.Factors[0].EnrollmentID != old.ID || r.Reason != enrollment.RemovedReplaced {
		t.Errorf("removed %+v", r)
	}
	if s := f.state(); len(s.Factors) != 1 || s.Factors[0].ID != c.EnrollmentID {
		t.Errorf("left %+v", s.Factors)
	}
	f.ReplayAll()
}

func TestAPendingEnrollmentEndsWithItsTime(t *testing.T) {
	f := start(t, func(p *policy.Policy) { p.Enrollment.PendingLife = time.Second })
	c := f.created(requested(events.TOTP))
	gone := f.Await("the enrollment is discarded", 1, workertest.Of(enrollment.DiscardedType))[0]
	d := workertest.As[*enrollment.Discarded](f.House, gone)
	if d.EnrollmentID != c.EnrollmentID || d.Reason != enrollment.DiscardExpired || gone.Envelope.Time.Before(c.ExpiresAt) {
		t.Errorf("discarded %+v at %s, it expired at %s", d, gone.Envelope.Time, c.ExpiresAt)
	}
	f.refused(submitted(c.EnrollmentID, f.code(events.TOTP, c.EnrollmentID, 0)), events.WrongState)
	f.ReplayAll()
	if s := f.state(); s.Open != nil || len(f.ann.Commits("enrollment")) != 3 {
		t.Errorf("left %+v after %d commits", s, len(f.ann.Commits("enrollment")))
	}
}

// The time decides, not the timer: a code that comes before its timer finds the enrollment expired.
func TestAPendingEnrollmentIsOverBeforeItsTimerComes(t *testing.T) {
	f := start(t, func(p *policy.Policy) { p.Enrollment.PendingLife = time.Millisecond })
	c := f.created(requested(events.TOTP))
	answer := f.Ask(submitted(c.EnrollmentID, f.code(events.TOTP, c.EnrollmentID, 0)))
	if _, active := answer.Event.(*enrollment.Activated); active || len(f.state().Factors) != 0 {
		t.Errorf("answered by %s", answer.Envelope.Type)
	}
	f.Quiet()
	if n := len(workertest.Once(f.Heard(workertest.Of(enrollment.DiscardedType)))); n != 1 {
		t.Errorf("discarded %d times, want once", n)
	}
}

// unopenable has the shape of a sealed field.
var unopenable = base64.StdEncoding.EncodeToString(make([]byte, 64))

// Every request has its one answer, of the kinds that the contract names.
func TestEveryRequestHasItsOneAnswer(t *testing.T) {
	must := true
	workertest.AnswersEverything(t, []worker.Worker{enroll.Worker()}, map[string]events.Event{
		enrollment.RequestedType:              requested(events.TOTP),
		enrollment.ResendRequestedType:        &enrollment.ResendRequested{User: "ann-1", EnrollmentID: "e1"},
		enrollment.CodeSubmittedType:          submitted("e1", "123456"),
		enrollment.RemovalRequestedType:       &enrollment.RemovalRequested{User: "ann-1", Factor: enrollment.All, LoginID: "l1", ReauthenticatedAt: time.Now()},
		enrollment.RecoveryCodesRequestedType: &enrollment.RecoveryCodesRequested{User: "ann-1", LoginID: "l1", ReauthenticatedAt: time.Now()},
		enrollment.ContactsReportedType:       &enrollment.ContactsReported{User: "ann-1", Email: events.NewSecret(email)},
		enrollment.RequirementRequestedType:   &enrollment.RequirementRequested{User: "ann-1", Required: &must, By: "s1"},
		enrollment.ResetRequestedType:         &enrollment.ResetRequested{User: "ann-1", By: "s1", Reason: events.NewSecret("lost")},
		enrollment.ImportRequestedType:        &enrollment.ImportRequested{User: "ann-1", Factor: events.TOTP, SealedSeed: unopenable, SealedKeyID: "k", Algorithm: enrollment.SHA1, Digits: 6, Period: 30, By: "s1"},
		enrollment.ErasureRequestedType:       &enrollment.ErasureRequested{User: "ann-1", By: "s1"},
	})
}
