package guard_test

import (
	"fmt"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
)

func byCode(login, set string, number int) *guard.AttemptAccepted {
	e := accepted(login)
	e.Factor, e.Record = events.RecoveryCode, guard.AttemptAcceptedRecord{SetID: set, Number: number}
	return e
}

func judgedRight(set string, number int) *guard.RecoveryCodeJudged {
	return &guard.RecoveryCodeJudged{
		User: "u", Verdict: guard.VerdictRight, Record: guard.RecoveryCodeJudgedRecord{SetID: set, Number: number},
	}
}

func TestUsedRecoveryCodes(t *testing.T) {
	wrong := &guard.RecoveryCodeJudged{User: "u", Verdict: guard.VerdictWrong}
	s := folded(t, dated{0, issued("a")}, dated{0, byCode("a", "s", 3)}, dated{0, judgedRight("s", 5)}, dated{0, wrong})
	for number, login := range map[int]string{3: "a", 5: ""} {
		if c, used := s.UsedCode("s", number); !used || c.LoginID != login {
			t.Errorf("code %d: %t, %+v", number, used, c)
		}
	}
	if _, used := s.UsedCode("s", 4); used {
		t.Error("a code is used that nobody gave")
	}
	if n := s.CodesLeft("s", 10); n != 8 {
		t.Errorf("%d of ten are left, want 8", n)
	}
	if s.LastStep.EnrollmentID != "" {
		t.Errorf("a recovery code spent a time step: %+v", s.LastStep)
	}
}

func TestANewSetOfRecoveryCodesStartsAnew(t *testing.T) {
	s := folded(t, dated{0, judgedRight("s", 5)}, dated{0, judgedRight("s2", 6)})
	if _, used := s.UsedCode("s2", 5); used || s.CodesLeft("s2", 10) != 9 || s.CodesLeft("s3", 10) != 10 {
		t.Errorf("kept %+v", s.UsedCodes)
	}
}

func TestUsedRecoveryCodesAreBounded(t *testing.T) {
	var history []dated
	for n := range 40 {
		history = append(history, dated{0, judgedRight("s", n+1)}, dated{0, judgedRight("s", n+1)})
	}
	if s := folded(t, history...); len(s.UsedCodes.Codes) != guard.KeptCodes {
		t.Errorf("%d are kept", len(s.UsedCodes.Codes))
	}
}

func TestWhatWasToldOfAReusedCodeIsRemembered(t *testing.T) {
	reuse := func(f events.Factor) dated {
		return dated{0, &guard.CodeReuseDetected{User: "u", Factor: f, FirstLoginID: "a", LoginID: "b"}}
	}
	s := folded(t, dated{0, issued("a")}, dated{0, accepted("a")}, reuse(events.TOTP))
	if !s.LastStep.Reused {
		t.Error("that of a time step is forgotten")
	}
	s = folded(t, dated{0, byCode("a", "s", 3)}, dated{0, byCode("c", "s", 4)}, reuse(events.RecoveryCode))
	third, _ := s.UsedCode("s", 3)
	fourth, _ := s.UsedCode("s", 4)
	if !third.Reused || fourth.Reused {
		t.Errorf("kept %+v", s.UsedCodes)
	}
}

func TestTheStepsBeforeTheLastAreRemembered(t *testing.T) {
	var history []dated
	for i := range uint64(20) {
		login := fmt.Sprint(i)
		e := accepted(login)
		e.Record.Step = i + 1
		history = append(history, dated{0, issued(login)}, dated{0, e})
	}
	s := folded(t, history...)
	if len(s.LastStep.Before) != guard.KeptSteps {
		t.Errorf("%d are kept", len(s.LastStep.Before))
	}
	for step, login := range map[uint64]string{20: "19", 17: "16", 15: ""} {
		if u, _ := s.LastStep.Used([]uint64{step}); u.LoginID != login {
			t.Errorf("step %d opened %q", step, u.LoginID)
		}
	}
	other := accepted("other")
	other.Record.EnrollmentID = "another app"
	if s := folded(t, append(history, dated{0, issued("other")}, dated{0, other})...); len(s.LastStep.Before) > 0 {
		t.Errorf("those of another app are kept: %v", s.LastStep.Before)
	}
}

// Only the code right after a far one shows how the clock is off.
func TestFarStepsLastUntilTheNextCode(t *testing.T) {
	far := wrong("a")
	far.Record.FarSteps = []uint64{7}
	s := folded(t, dated{0, issued("a")}, dated{0, far})
	if c, _ := s.Challenge("c-a"); fmt.Sprint(c.FarSteps) != "[7]" {
		t.Errorf("kept %v", c.FarSteps)
	}
	for _, next := range []dated{{0, wrong("a")}, {0, issued("a")}} {
		s := folded(t, dated{0, issued("a")}, dated{0, far}, next)
		if c, _ := s.Challenge("c-a"); len(c.FarSteps) > 0 {
			t.Errorf("after %s: kept %v", next.event.EventType(), c.FarSteps)
		}
	}
}

func TestALockKnowsSinceWhen(t *testing.T) {
	lock := &guard.FactorLocked{User: "u", Factor: events.TOTP, Until: noon.Add(time.Hour), Reason: guard.WrongCodes}
	s := folded(t, dated{0, lock}, dated{time.Minute, lock})
	for _, f := range guard.ShortCodes() {
		if !s.Locks[f].Since.Equal(noon.Add(time.Minute)) {
			t.Errorf("%s is locked since %s", f, s.Locks[f].Since)
		}
	}
}
