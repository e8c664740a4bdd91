package verify_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
)

func TestWhatWaitedTooLongOnTheBusDoesNothing(t *testing.T) {
	f := start(t)
	app := f.User("ann-1").Enrolled(events.TOTP)
	c := f.challenge("ann-1", "l1")
	f.Drain()
	sent := []workertest.Sent{
		f.Send(login("ann-1", "l2")),
		f.Send(login("nobody-1", "l3")),
		f.Send(attempt("ann-1", c.ChallengeID, app.Code(workertest.Step()))),
		f.Send(&guard.ResendRequested{User: "ann-1", ChallengeID: c.ChallengeID}),
	}
	unlock := f.Send(&guard.UnlockRequested{User: "bob-1", By: "s1"})
	f.Clock.Ahead(aMinuteLater)
	f.Wake()
	for _, s := range sent {
		if code := workertest.Refused(f.Answer(s.ID)); code != events.TooLate {
			t.Errorf("%s was answered by %q, want too_late", s.Subject, code)
		}
	}
	workertest.As[*guard.FactorUnlocked](f.House, f.Answer(unlock.ID)) // nobody waits at a door for it
	if n := len(f.User("ann-1").Commits("guard")); n != 1 {
		t.Errorf("%d commits, want the first login's", n)
	}
}

const aMinuteLater = 61 * time.Second

func TestALateRepeatIsAnsweredAsBefore(t *testing.T) {
	f := start(t)
	app := f.User("ann-1").Enrolled(events.TOTP)
	c := f.challenge("ann-1", "l1")
	f.accepted(attempt("ann-1", c.ChallengeID, app.Code(workertest.Step())))
	f.Clock.Ahead(time.Hour)
	f.ReplayAll()
}

func TestAChallengeEndsWithItsTime(t *testing.T) {
	f := start(t, with(func(p *policy.Policy) { p.Challenge.Life = time.Second }))
	app := f.User("ann-1").Enrolled(events.TOTP)
	c := f.challenge("ann-1", "l1")
	closed := f.Await("the challenge is closed", 1, workertest.Of(guard.ChallengeClosedType))[0]
	e := workertest.As[*guard.ChallengeClosed](f.House, closed)
	if e.ChallengeID != c.ChallengeID || e.Reason != guard.Expired || closed.Envelope.Time.Before(c.ExpiresAt) {
		t.Errorf("closed with %+v at %s, it expired at %s", e, closed.Envelope.Time, c.ExpiresAt)
	}
	f.rejected(attempt("ann-1", c.ChallengeID, app.Code(workertest.Step())), guard.TooOld)
	if s := f.status("ann-1", "l1"); s.State != guard.Ended || s.Reason != string(guard.Expired) {
		t.Errorf("the login's status is %+v", s)
	}
	f.ReplayAll()
	f.Quiet()
	if n := len(f.User("ann-1").Commits("guard")); n != 3 {
		t.Errorf("%d commits, want the challenge, its end and the attempt", n)
	}
}

// The code of an expired challenge does not pass, though its timer has not come yet.
func TestAChallengeIsOverBeforeItsTimerComes(t *testing.T) {
	f := start(t, with(func(p *policy.Policy) { p.Challenge.Life = time.Millisecond }))
	app := f.User("ann-1").Enrolled(events.TOTP)
	c := f.challenge("ann-1", "l1")
	f.rejected(attempt("ann-1", c.ChallengeID, app.Code(workertest.Step())), guard.TooOld)
}

func TestWrongCodesLeadToWaits(t *testing.T) {
	f := start(t, with(func(p *policy.Policy) { p.Challenge.Attempts, p.Guess.FirstWait = 100, 10*time.Minute }))
	app := f.User("ann-1").Enrolled(events.TOTP)
	c := f.challenge("ann-1", "l1")
	now := workertest.Step()
	right := app.Code(now)
	wrong := workertest.Wrong(app.Code(now-1), right, app.Code(now+1), app.Code(now+2))
	for range 4 {
		f.rejected(attempt("ann-1", c.ChallengeID, wrong), guard.WrongCode)
	}
	fifth := f.rejected(attempt("ann-1", c.ChallengeID, wrong), guard.WrongCode)
	locked := f.Await("the factor is locked", 1, workertest.Of(guard.FactorLockedType))[0]
	if until := workertest.As[*guard.FactorLocked](f.House, locked).Until; fifth.RetryAt.IsZero() || !until.Equal(fifth.RetryAt) {
		t.Errorf("locked until %s, retry at %s", until, fifth.RetryAt)
	}
	waiting := f.rejected(attempt("ann-1", c.ChallengeID, right), guard.Locked)
	if !waiting.RetryAt.Equal(fifth.RetryAt) || waiting.AttemptsLeft != fifth.AttemptsLeft {
		t.Errorf("in the wait: %+v after %+v", waiting, fifth)
	}
	if s := f.userStatus("ann-1"); len(s.Factors) != 1 || !s.Factors[0].LockedUntil.Equal(fifth.RetryAt) {
		t.Errorf("status in the wait: %+v", s)
	}
	workertest.As[*guard.FactorUnlocked](f.House, f.Ask(&guard.UnlockRequested{User: "ann-1", By: "s1"}))
	f.accepted(attempt("ann-1", c.ChallengeID, app.Code(workertest.Step())))
	f.ReplayAll()
}

func (f *fixture) nobodyPassed() {
	f.t.Helper()
	if n := f.passed(); n != 0 {
		f.t.Errorf("%d logins passed, want none", n)
	}
}

func (f *fixture) userStatus(user string) guard.UserStatus {
	f.t.Helper()
	var s guard.UserStatus
	if err := f.RPC("user", "status", guard.UserStatusRequest{User: user}, &s); err != nil {
		f.t.Fatal(err)
	}
	return s
}

// An app whose clock runs ahead is followed, and one that is minutes off is found by two codes.
func TestTheClockOfAnAppIsFollowed(t *testing.T) {
	f := start(t)
	app := f.User("ann-1").Enrolled(events.TOTP)
	now := workertest.Step()
	f.accepted(attempt("ann-1", f.challenge("ann-1", "l1").ChallengeID, app.Code(now+1)))
	f.accepted(attempt("ann-1", f.challenge("ann-1", "l2").ChallengeID, app.Code(now+2)))
	f.Restart()
	c := f.challenge("ann-1", "l3").ChallengeID
	f.rejected(attempt("ann-1", c, app.Code(now+12)), guard.WrongCode)
	f.accepted(attempt("ann-1", c, app.Code(now+13)))
	f.rejected(attempt("ann-1", f.challenge("ann-1", "l4").ChallengeID, app.Code(now+13)), guard.Replayed)
	f.accepted(attempt("ann-1", f.challenge("ann-1", "l5").ChallengeID, app.Code(now+14)))
	f.ReplayAll()
}
