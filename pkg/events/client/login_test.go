package client_test

import (
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/client"
	"countersign/pkg/events/guard"
)

func TestWhatAnAnswerMakesOfALogin(t *testing.T) {
	now := time.Now()
	soon := now.Add(2 * time.Minute)
	rejected := func(why guard.RejectReason, left int) events.Event {
		return &guard.AttemptRejected{User: "u-1", ChallengeID: "c-1", LoginID: "l-1", Reason: why, AttemptsLeft: left}
	}
	for _, c := range []struct {
		name   string
		answer events.Event
		state  guard.LoginState
		passed bool
	}{
		{"a code is awaited", &guard.ChallengeIssued{LoginID: "l-1", ChallengeID: "c-1"}, guard.Challenged, false},
		{"an accepted code", &guard.AttemptAccepted{LoginID: "l-1", ExpiresAt: soon}, guard.Accepted, true},
		{"an accepted code that comes too late", &guard.AttemptAccepted{LoginID: "l-1", ExpiresAt: now}, guard.Accepted, false},
		{"a waiver", &guard.ChallengeWaived{LoginID: "l-1", ExpiresAt: soon}, guard.Waived, true},
		{"a waiver that comes too late", &guard.ChallengeWaived{LoginID: "l-1", ExpiresAt: now}, guard.Waived, false},
		{"a factor is needed first", &guard.EnrollmentRequired{LoginID: "l-1", MayContinue: true}, guard.EnrollmentNeeded, false},
		{"a wrong code with attempts left", rejected(guard.WrongCode, 4), guard.Challenged, false},
		{"the last wrong code", rejected(guard.WrongCode, 0), guard.Ended, false},
		{"a code that was used before", rejected(guard.Replayed, 4), guard.Challenged, false},
		{"a sent code that is too old, in a challenge that is not", rejected(guard.TooOld, 4), guard.Challenged, false},
		{"a code for a challenge that is too old", rejected(guard.TooOld, 0), guard.Ended, false},
		{"a code during a wait", rejected(guard.Locked, 0), guard.Challenged, false},
		{"a code for a challenge that is closed", rejected(guard.Closed, 3), guard.Ended, false},
		{"a code for no challenge", rejected(guard.UnknownChallenge, 0), guard.Ended, false},
	} {
		l, err := client.ReadLogin(client.Answer{Event: c.answer})
		if err != nil || l.State != c.state || l.Passed(now) != c.passed {
			t.Errorf("%s: %s, passed %v, %v; want %s, %v", c.name, l.State, l.Passed(now), err, c.state, c.passed)
		}
	}
	if l, err := client.ReadLogin(client.Answer{Event: &guard.FactorLocked{}}); err == nil || l.Passed(now) {
		t.Error("what answers no login is taken for one")
	}
}
