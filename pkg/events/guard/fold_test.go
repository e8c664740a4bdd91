package guard_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
)

// A dated event is one that was committed at a time after noon.
type dated struct {
	after time.Duration
	event events.Event
}

func folded(t *testing.T, list ...dated) guard.State {
	t.Helper()
	var s guard.State
	for _, d := range list {
		before := asJSON(t, s)
		next, err := guard.Evolve(s, d.event, noon.Add(d.after))
		if err != nil {
			t.Fatal(err)
		}
		if asJSON(t, s) != before {
			t.Fatalf("%s changed the state that it was folded into", d.event.EventType())
		}
		var back guard.State
		if err := json.Unmarshal([]byte(asJSON(t, next)), &back); err != nil {
			t.Fatal(err)
		}
		if asJSON(t, back) != asJSON(t, next) {
			t.Fatalf("the state after %s does not come back from JSON", d.event.EventType())
		}
		s = next
	}
	return s
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func issued(login string) *guard.ChallengeIssued {
	return &guard.ChallengeIssued{
		User: "u", ChallengeID: "c-" + login, LoginID: login, Factor: events.SMS, Sending: true,
		CodeExpiresAt: noon.Add(5 * time.Minute), ExpiresAt: noon.Add(10 * time.Minute), AttemptsLeft: 5,
		Record: guard.ChallengeIssuedRecord{
			Purpose: guard.ForStepUp, EnrollmentID: "e", Keyring: "k", Number: 2, Sending: 1, NotificationID: "n", Locale: "de",
		},
	}
}

func accepted(login string) *guard.AttemptAccepted {
	return &guard.AttemptAccepted{
		User: "u", ChallengeID: "c-" + login, LoginID: login, Purpose: guard.ForStepUp, Factor: events.TOTP,
		ExpiresAt: noon.Add(2 * time.Minute), Record: guard.AttemptAcceptedRecord{EnrollmentID: "app", Step: 7},
	}
}

func wrong(login string) *guard.AttemptRejected {
	return &guard.AttemptRejected{
		User: "u", ChallengeID: "c-" + login, LoginID: login, Reason: guard.WrongCode,
		Record: guard.AttemptRejectedRecord{Judged: true, Counted: true},
	}
}

func closed(login string, why guard.CloseReason) *guard.ChallengeClosed {
	return &guard.ChallengeClosed{User: "u", ChallengeID: "c-" + login, LoginID: login, Reason: why}
}

func waived(login string) *guard.ChallengeWaived {
	return &guard.ChallengeWaived{User: "u", LoginID: login, Reason: guard.NotEnrolled, ExpiresAt: noon.Add(2 * time.Minute)}
}

func TestAnOpenChallengeHoldsWhatItsCodeFollowsFrom(t *testing.T) {
	s := folded(t, dated{0, issued("a")}, dated{time.Second, wrong("a")})
	c, ok := s.Challenge("c-a")
	want := guard.Challenge{
		ID: "c-a", LoginID: "a", Purpose: guard.ForStepUp, Factor: events.SMS, EnrollmentID: "e", Keyring: "k", Number: 2,
		AttemptsLeft: 4, StartedAt: noon, ExpiresAt: noon.Add(10 * time.Minute), Sending: 1, CodeExpiresAt: noon.Add(5 * time.Minute),
		NotificationID: "n", Locale: "de",
	}
	if !ok || !reflect.DeepEqual(c, want) {
		t.Errorf("got %+v\nwant %+v", c, want)
	}
	l, ok := s.Login("a")
	if !ok || l.State != guard.Challenged || l.Purpose != guard.ForStepUp || l.ChallengeID != "c-a" || !l.HadFactor() {
		t.Errorf("got %+v", l)
	}
}

func TestASecondSendingStaysTheSameChallenge(t *testing.T) {
	again := issued("a")
	again.Record.Sending, again.Record.Resend, again.AttemptsLeft = 2, true, 3
	s := folded(t, dated{0, issued("a")}, dated{time.Minute, again})
	if c, _ := s.Challenge("c-a"); len(s.Challenges) != 1 || c.Sending != 2 || c.AttemptsLeft != 3 || !c.StartedAt.Equal(noon) {
		t.Errorf("got %+v", s.Challenges)
	}
	if len(s.Resends) != 1 || len(s.Logins) != 1 {
		t.Errorf("got %d resends and %d logins, want one of each", len(s.Resends), len(s.Logins))
	}
}

func TestWhatBecameOfALogin(t *testing.T) {
	needed := &guard.EnrollmentRequired{User: "u", LoginID: "a", EnrollmentID: "e", MayContinue: true, ContinueUntil: noon.Add(time.Hour)}
	for _, c := range []struct {
		name    string
		history []dated
		want    guard.Login
	}{
		{"unknown", nil, guard.Login{ID: "a", State: guard.Unknown}},
		{"accepted", []dated{{0, issued("a")}, {time.Minute, accepted("a")}}, guard.Login{
			ID: "a", State: guard.Accepted, Purpose: guard.ForStepUp, ChallengeID: "c-a", Factor: events.TOTP,
			StartedAt: noon, EndedAt: noon.Add(time.Minute), ExpiresAt: noon.Add(2 * time.Minute),
		}},
		{"closed", []dated{{0, issued("a")}, {time.Minute, closed("a", guard.Superseded)}}, guard.Login{
			ID: "a", State: guard.Ended, Purpose: guard.ForStepUp, ChallengeID: "c-a", Factor: events.SMS,
			StartedAt: noon, EndedAt: noon.Add(time.Minute), Reason: guard.Superseded,
		}},
		{"waived", []dated{{0, waived("a")}}, guard.Login{
			ID: "a", State: guard.Waived, StartedAt: noon, EndedAt: noon, ExpiresAt: noon.Add(2 * time.Minute),
		}},
		{"told to enroll", []dated{{0, waived("a")}, {time.Minute, needed}}, guard.Login{
			ID: "a", State: guard.EnrollmentNeeded, StartedAt: noon, EndedAt: noon.Add(time.Minute),
			EnrollmentID: "e", MayContinue: true, ContinueUntil: noon.Add(time.Hour),
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := folded(t, c.history...)
			if l, known := s.Login("a"); l != c.want || known != (c.history != nil) {
				t.Errorf("got %+v\nwant %+v", l, c.want)
			}
			if len(s.Challenges) != 0 {
				t.Errorf("%d challenges are open, want none", len(s.Challenges))
			}
		})
	}
}

func TestAcceptedWithinFiveMinutes(t *testing.T) {
	s := folded(t, dated{0, issued("a")}, dated{time.Minute, accepted("a")}, dated{0, waived("b")})
	a, _ := s.Login("a")
	b, _ := s.Login("b")
	at := noon.Add(6 * time.Minute)
	if !a.AcceptedWithin(5*time.Minute, at) || a.AcceptedWithin(5*time.Minute, at.Add(1)) {
		t.Error("an acceptance is good for five minutes, no more and no less")
	}
	if b.AcceptedWithin(5*time.Minute, noon) {
		t.Error("a waiver passed for an acceptance")
	}
}

func TestTheLoginOfAChallengeThatHasEnded(t *testing.T) {
	s := folded(t, dated{0, waived("w")}, dated{0, issued("a")}, dated{0, accepted("a")})
	if l, ok := s.LoginOf("c-a"); !ok || l.ID != "a" {
		t.Errorf("got %+v", l)
	}
	if _, ok := s.LoginOf(""); ok {
		t.Error("no challenge belongs to a login")
	}
}

func TestALockHoldsForEveryShortCode(t *testing.T) {
	lock := &guard.FactorLocked{User: "u", Factor: events.TOTP, Until: noon.Add(time.Minute), Reason: guard.WrongCodes}
	unlock := &guard.FactorUnlocked{User: "u", Factor: events.SMS, By: "s"}
	s := folded(t, dated{0, lock}, dated{0, unlock})
	for f, want := range map[events.Factor]bool{events.TOTP: true, events.Email: true, events.SMS: false} {
		until, locked := s.Locked(f, noon.Add(time.Minute-1))
		if locked != want || locked && !until.Equal(lock.Until) {
			t.Errorf("%s: locked is %t until %s", f, locked, until)
		}
		if _, locked := s.Locked(f, lock.Until); locked {
			t.Errorf("%s: the wait has not ended with its time", f)
		}
	}
}

func TestAShorterWaitDoesNotEndALongerOne(t *testing.T) {
	s := folded(t,
		dated{0, &guard.FactorLocked{User: "u", Factor: events.TOTP, Until: noon.Add(time.Hour)}},
		dated{0, &guard.FactorUnlocked{User: "u", Factor: events.SMS, By: "s"}},
		dated{0, &guard.FactorLocked{User: "u", Factor: events.SMS, Until: noon.Add(time.Minute)}},
	)
	if until, _ := s.Locked(events.TOTP, noon); !until.Equal(noon.Add(time.Hour)) {
		t.Errorf("the wait of the other factor ends at %s", until)
	}
}

func TestNewsThatChangeNothing(t *testing.T) {
	s := folded(t, dated{0, issued("a")})
	for _, e := range []events.Event{
		&notification.Requested{User: "u"},
		&guard.CodeReuseDetected{User: "u", FirstLoginID: "another"},
		&guard.RecoveryCodeJudged{User: "u", Verdict: guard.VerdictReplayed},
	} {
		next, err := guard.Evolve(s, e, noon)
		if err != nil || asJSON(t, next) != asJSON(t, s) {
			t.Errorf("%s: %v\n%s", e.EventType(), err, asJSON(t, next))
		}
	}
}

func TestOfAQuietAnswerOnlyItsTimeIsRemembered(t *testing.T) {
	waived := &guard.ChallengeWaived{User: "u", LoginID: "w", ExpiresAt: noon.Add(time.Hour)}
	required := &guard.EnrollmentRequired{User: "u", LoginID: "r", MayContinue: true, ContinueUntil: noon.Add(time.Hour)}
	s := folded(t, dated{0, issued("a")}, dated{0, waived}, dated{0, required})
	for _, e := range []events.Event{
		&events.RequestRejected{User: "u", Code: events.NotAllowed},
		&events.RequestRejected{User: "another", Code: events.Invalid},
		&guard.AttemptRejected{User: "u", ChallengeID: "c-a", Reason: guard.Locked},
		&guard.AttemptRejected{User: "u", ChallengeID: "nobody's", Reason: guard.UnknownChallenge},
		issued("a"), waived, required,
	} {
		next, err := guard.Evolve(s, e, noon)
		if err != nil {
			t.Fatal(err)
		}
		if last, quiet := next.Quiet(e); !quiet || !last.Equal(noon) {
			t.Errorf("%s is quiet: %t, at %s", e.EventType(), quiet, last)
		}
		if next.QuietAt = (time.Time{}); asJSON(t, next) != asJSON(t, s) {
			t.Errorf("%s leaves\n%s\nwant\n%s", e.EventType(), asJSON(t, next), asJSON(t, s))
		}
	}
}

func TestWhatChangesSomethingIsNotQuiet(t *testing.T) {
	s := folded(t, dated{0, issued("a")}, dated{0, &guard.ChallengeWaived{User: "u", LoginID: "w"}})
	pointed := issued("a")
	pointed.Factor = events.TOTP
	for _, e := range []events.Event{
		issued("b"), pointed, &guard.AttemptRejected{User: "u", ChallengeID: "c-a", Record: guard.AttemptRejectedRecord{Judged: true}},
		&guard.ChallengeWaived{User: "u", LoginID: "new"}, &guard.ChallengeWaived{User: "u", LoginID: "w", ExpiresAt: noon},
		&guard.EnrollmentRequired{User: "u", LoginID: "w"}, &guard.EnrollmentRequired{User: "u", LoginID: "new"},
		&guard.AttemptAccepted{User: "u", ChallengeID: "c-a", LoginID: "a"}, &guard.FactorUnlocked{User: "u"},
		&guard.RecoveryCodeJudged{User: "u", Verdict: guard.VerdictWrong},
	} {
		if _, quiet := s.Quiet(e); quiet {
			t.Errorf("%s is quiet: %s", e.EventType(), asJSON(t, e))
		}
	}
}

func TestAnUnknownEventIsAnError(t *testing.T) {
	_, err := guard.Evolve(guard.State{}, &guard.LoginStarted{User: "u", LoginID: "a"}, noon)
	if !errors.Is(err, events.ErrUnknownType) {
		t.Errorf("got %v, want %v", err, events.ErrUnknownType)
	}
}

func TestAnEventOfAnotherUserIsAnError(t *testing.T) {
	other := issued("b")
	other.User = "another"
	if _, err := guard.Evolve(folded(t, dated{0, issued("a")}), other, noon); err == nil {
		t.Error("folded an event of another user")
	}
}

func TestTheStateForgets(t *testing.T) {
	var history []dated
	for i := range 150 {
		login := fmt.Sprint(i)
		at := time.Duration(i) * time.Second
		again := issued(login)
		again.Record.Resend = true
		history = append(history,
			dated{at, issued(login)}, dated{at, again}, dated{at, wrong(login)}, dated{at, closed(login, guard.TooManyAttempts)})
	}
	s := folded(t, history...)
	if len(s.Logins) != guard.KeptLogins || len(s.Wrong) != guard.KeptWrong || len(s.Resends) != guard.KeptResends {
		t.Errorf("%d logins, %d wrong codes, %d resends are kept", len(s.Logins), len(s.Wrong), len(s.Resends))
	}
	if l := s.Logins[len(s.Logins)-1]; l.ID != "149" {
		t.Errorf("the newest login kept is %s", l.ID)
	}
	s, err := guard.Evolve(s, waived("last"), noon.Add(25*time.Hour))
	if err != nil || len(s.Logins) != 1 || s.Wrong != nil || s.Resends != nil {
		t.Errorf("a day later %s is kept", asJSON(t, s))
	}
}

func TestAnOpenLoginIsNeverForgotten(t *testing.T) {
	s := folded(t, dated{0, issued("open")}, dated{2 * time.Hour, waived("b")})
	if _, ok := s.Login("open"); !ok {
		t.Error("a login whose challenge is open was forgotten")
	}
}
