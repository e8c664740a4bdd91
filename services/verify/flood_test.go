package verify_test

import (
	"strconv"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
)

// A deluge is what somebody can ask without end. It begins with what made the user, and says what is asked the ith time.
type deluge struct {
	name, want string
	of         func(f *fixture, u workertest.User) func(i int) events.Event
}

var deluges = []deluge{
	{"codes for a challenge that there is not", "unknown_challenge", func(_ *fixture, u workertest.User) func(int) events.Event {
		u.Enrolled(events.TOTP)
		return always(attempt(u.ID, "none", "000000"))
	}},
	{"codes for a challenge that was passed", "closed", func(f *fixture, u workertest.User) func(int) events.Event {
		code := u.Enrolled(events.TOTP).Code(workertest.Step())
		c := f.challenge(u.ID, "l")
		f.accepted(attempt(u.ID, c.ChallengeID, code))
		return always(attempt(u.ID, c.ChallengeID, code))
	}},
	{"codes in a wait", "locked", func(f *fixture, u workertest.User) func(int) events.Event {
		app := u.Enrolled(events.TOTP)
		c := f.challenge(u.ID, "l")
		f.rejected(attempt(u.ID, c.ChallengeID, workertest.Wrong(app.Code(workertest.Step()))), guard.WrongCode)
		return always(attempt(u.ID, c.ChallengeID, app.Code(workertest.Step())))
	}},
	{"codes of a factor that was sent none", "not_allowed", func(f *fixture, u workertest.User) func(int) events.Event {
		u.Enrolled(events.TOTP)
		e := attempt(u.ID, f.challenge(u.ID, "l").ChallengeID, "000000")
		e.Factor = events.SMS
		return always(e)
	}},
	{"codes that do not open", "unknown_key", func(f *fixture, u workertest.User) func(int) events.Event {
		u.Enrolled(events.TOTP)
		c := f.challenge(u.ID, "l").ChallengeID
		e := f.sealed(u.ID, c, "000000", c)
		e.SealedKeyID = "nokey"
		return always(e)
	}},
	{"a login that is challenged", guard.ChallengeIssuedType, func(f *fixture, u workertest.User) func(int) events.Event {
		u.Enrolled(events.SMS)
		f.challenge(u.ID, "l")
		return always(login(u.ID, "l"))
	}},
	{"a login that is waived", "not_enrolled", func(_ *fixture, u workertest.User) func(int) events.Event {
		u.Waived("l")
		return always(login(u.ID, "l"))
	}},
	{"a login that has ended", "wrong_state", func(f *fixture, u workertest.User) func(int) events.Event {
		app := u.Enrolled(events.TOTP)
		f.accepted(attempt(u.ID, f.challenge(u.ID, "l").ChallengeID, app.Code(workertest.Step())))
		return always(login(u.ID, "l"))
	}},
	{"logins above the limit", "rate_limited", func(f *fixture, u workertest.User) func(int) events.Event {
		u.Enrolled(events.TOTP)
		f.challenge(u.ID, "l1")
		f.challenge(u.ID, "l2")
		return func(i int) events.Event { return login(u.ID, "flood-"+strconv.Itoa(i)) }
	}},
	{"other codes of an app", guard.ChallengeIssuedType, func(f *fixture, u workertest.User) func(int) events.Event {
		u.Enrolled(events.TOTP)
		return always(&guard.ResendRequested{User: u.ID, ChallengeID: f.challenge(u.ID, "l").ChallengeID})
	}},
	{"other codes too soon", "rate_limited", func(f *fixture, u workertest.User) func(int) events.Event {
		u.Enrolled(events.SMS)
		return always(&guard.ResendRequested{User: u.ID, ChallengeID: f.challenge(u.ID, "l").ChallengeID})
	}},
	{"other codes for a challenge that there is not", "not_found", func(_ *fixture, u workertest.User) func(int) events.Event {
		u.Enrolled(events.TOTP)
		return always(&guard.ResendRequested{User: u.ID, ChallengeID: "none"})
	}},
}

func always(e events.Event) func(int) events.Event { return func(int) events.Event { return e } }

// Who asks for what cannot be, or is so already, cannot fill a stream.
func TestAFloodThatChangesNothingCostsOneCommitASecond(t *testing.T) {
	f := start(t, with(func(p *policy.Policy) {
		p.Challenge.LoginsPer10m, p.Guess.Free, p.Guess.FirstWait, p.Resend.After = 2, 0, 10*time.Minute, time.Minute
	}))
	for i, d := range deluges {
		u := f.User("user-" + strconv.Itoa(i))
		t.Log(d.name)
		f.Flood(u, "guard", d.want, d.of(f, u))
	}
}

// A waiver that is said again shares a commit, and no append fences what was read for it: it needs a read that proves itself.
func TestAWaiverThatSharesACommitNeedsAProvenRead(t *testing.T) {
	f := start(t)
	f.User("ann-1").Waived("l1")
	f.Store.Break(broken(workertest.ProvenHead, "enrollment"))
	kept, shared := f.Send(login("ann-1", "l1")), f.Send(login("ann-1", "l1"))
	workertest.As[*guard.ChallengeWaived](f.House, f.Answer(kept.ID))
	f.CameBack(guard.LoginStartedType)
	if heard := f.Answers(shared.ID); len(heard) > 0 {
		t.Errorf("in doubt, %s was said", heard[0].Envelope.Type)
	}
	f.Store.Mend()
	workertest.As[*guard.ChallengeWaived](f.House, f.Answer(shared.ID))
	if n := len(f.User("ann-1").Commits("guard")); n != 2 {
		t.Errorf("%d commits, want those of the login and of the first time that it was said again", n)
	}
}
