package verify_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/workertest"
)

// removes writes the removal of a factor into the user's enrollment stream, and returns the event and its version.
func (f *fixture) removes(user string, why enrollment.RemovalReason, gone ...workertest.Enrolled) (*enrollment.FactorRemoved, uint64) {
	f.t.Helper()
	e := &enrollment.FactorRemoved{User: user, Factors: []enrollment.RemovedFactor{}, Reason: why}
	for _, g := range gone {
		e.Factors = append(e.Factors, enrollment.RemovedFactor{EnrollmentID: g.ID, Factor: g.Of})
	}
	if why == enrollment.RemovedByAdmin {
		e.Record.By = "staff-1"
	}
	f.User(user).Enrollment(e)
	return e, uint64(len(f.User(user).Commits("enrollment")))
}

func (f *fixture) closed(loginID string) guard.CloseReason {
	f.t.Helper()
	closed := f.Await(loginID+" is closed", 1, func(e workertest.Event) bool {
		c, ok := e.Event.(*guard.ChallengeClosed)
		return ok && c.LoginID == loginID
	})
	return closed[0].Event.(*guard.ChallengeClosed).Reason
}

func TestARemovalEndsWhatRestsOnIt(t *testing.T) {
	t.Parallel()
	for why, want := range map[enrollment.RemovalReason]struct {
		close  guard.CloseReason
		unlock guard.UnlockReason
		by     string
	}{
		enrollment.RemovedByUser:     {close: guard.Removed},
		enrollment.RemovedReplaced:   {close: guard.Removed},
		enrollment.RemovedByAdmin:    {close: guard.Removed, unlock: guard.UnlockedByReset, by: "staff-1"},
		enrollment.RemovedByRecovery: {close: guard.Recovered, unlock: guard.UnlockedByRecovery},
	} {
		t.Run(string(why), func(t *testing.T) {
			f := start(t)
			ann := f.User("ann-1")
			app := ann.Enrolled(events.TOTP)
			f.suspended("ann-1")
			f.challenge("ann-1", "l1")
			e, version := f.removes("ann-1", why, app)
			enroll := f.Elsewhere("enroll")
			enroll.Say(ann, "removal", version, e)
			if got := f.closed("l1"); got != want.close {
				t.Errorf("closed as %s, want %s", got, want.close)
			}
			enroll.Say(ann, "removal", version, e)
			enroll.Say(ann, "another", version, e)
			f.Quiet()
			unlocked := f.Heard(workertest.Of(guard.FactorUnlockedType))
			if n := len(workertest.Once(unlocked)); n != len(want.unlock)/max(1, len(want.unlock)) {
				t.Fatalf("unlocked %d times", n)
			}
			if want.unlock != "" {
				if u := unlocked[0].Event.(*guard.FactorUnlocked); u.Reason != want.unlock || u.By != want.by {
					t.Errorf("unlocked by %+v", u)
				}
			}
			if n := len(workertest.Once(f.Heard(workertest.Of(guard.ChallengeClosedType)))); n != 1 {
				t.Errorf("closed %d times", n)
			}
		})
	}
}

// The word of a removal that is overtaken by what came after it changes nothing of that.
func TestARemovalThatIsHeardLateEndsNothingNew(t *testing.T) {
	f := start(t)
	ann := f.User("ann-1")
	app := ann.Enrolled(events.TOTP)
	e, version := f.removes("ann-1", enrollment.RemovedByRecovery, app)
	ann.Enrolled(events.SMS)
	c := f.challenge("ann-1", "l1")
	f.suspended("ann-1")
	f.Elsewhere("enroll").Say(ann, "removal", version, e)
	f.Quiet()
	if n := len(f.Heard(workertest.Of(guard.FactorUnlockedType))); n != 0 {
		t.Error("a suspension that began after the recovery was ended")
	}
	if s := f.status("ann-1", "l1"); s.State != guard.Challenged || s.ChallengeID != c.ChallengeID {
		t.Errorf("the challenge of the new factor is %+v", s)
	}
}

// A word that no commit bears out does nothing: it is a hint.
func TestARemovalThatTheStreamDoesNotHoldDoesNothing(t *testing.T) {
	f := start(t)
	ann := f.User("ann-1")
	app := ann.Enrolled(events.TOTP)
	f.suspended("ann-1")
	f.challenge("ann-1", "l1")
	e := &enrollment.FactorRemoved{
		User: "ann-1", Factors: []enrollment.RemovedFactor{{EnrollmentID: app.ID, Factor: app.Of}}, Reason: enrollment.RemovedByRecovery,
	}
	for i, version := range []uint64{0, 1, 7} {
		f.Elsewhere("enroll").Say(ann, string(rune('a'+i)), version, e)
	}
	f.Quiet()
	if n := len(f.Heard(workertest.Of(guard.FactorUnlockedType))) + len(f.Heard(workertest.Of(guard.ChallengeClosedType))); n != 0 {
		t.Errorf("%d events came of it", n)
	}
}

func TestARemovalInDoubtComesAgain(t *testing.T) {
	f := start(t)
	ann := f.User("ann-1")
	app := ann.Enrolled(events.TOTP)
	f.challenge("ann-1", "l1")
	e, version := f.removes("ann-1", enrollment.RemovedByUser, app)
	f.Store.Break(broken(workertest.Head, "enrollment"))
	f.Elsewhere("enroll").Say(ann, "removal", version, e)
	f.CameBackTo("verify", e.EventType())
	f.Store.Mend()
	if got := f.closed("l1"); got != guard.Removed {
		t.Errorf("closed as %s", got)
	}
}

func TestAnErasureEndsEverythingOpen(t *testing.T) {
	f := start(t)
	ann := f.User("ann-1")
	app := ann.Enrolled(events.TOTP)
	c := f.challenge("ann-1", "l1")
	e := &enrollment.UserErased{User: "ann-1", Receipt: enrollment.Receipt{ID: "r", ErasedAt: time.Now(), CompleteAt: time.Now()}}
	ann.Enrollment(e)
	enroll := f.Elsewhere("enroll")
	enroll.Say(ann, "erasure", 2, e)
	if got := f.closed("l1"); got != guard.Erased {
		t.Errorf("closed as %s", got)
	}
	enroll.Say(ann, "erasure", 2, e)
	f.rejected(attempt("ann-1", c.ChallengeID, app.Code(workertest.Step())), guard.Closed)
	enroll.Say(f.User("nobody-1"), "another", 2, &enrollment.UserErased{User: "nobody-1", Receipt: e.Receipt})
	f.Quiet()
	if n := len(f.User("nobody-1").Commits("guard")); n != 0 {
		t.Errorf("%d commits of a user of whom nothing was asked", n)
	}
}

// A key that is deleted is not used from a cache once the erasure is heard.
func TestAnErasureDropsTheKeys(t *testing.T) {
	f := start(t)
	ann := f.User("ann-1")
	app := ann.Enrolled(events.TOTP)
	f.rejected(attempt("ann-1", f.challenge("ann-1", "l1").ChallengeID, workertest.Wrong(app.Code(workertest.Step()), app.Code(workertest.Step()+1))), guard.WrongCode)
	e := &enrollment.UserErased{User: "ann-1", Receipt: enrollment.Receipt{ID: "r", ErasedAt: time.Now(), CompleteAt: time.Now()}}
	f.Elsewhere("enroll").Say(ann, "erasure", 9, e)
	f.Quiet()
	c, right := f.challenge("ann-1", "l2"), app.Code(workertest.Step())
	f.Keys.Break(func() error { return keyring.ErrNoKeyring })
	f.Send(attempt("ann-1", c.ChallengeID, right))
	f.CameBack(guard.AttemptSubmittedType)
	if n := len(f.Heard(workertest.Of(guard.AttemptAcceptedType))); n > 0 {
		t.Error("a code was judged by a key that is gone")
	}
}
