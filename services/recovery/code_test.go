package recovery_test

import (
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/recovery/internal/web"
)

func (f *fixture) printed(t web.Ticket, code string, want web.Problem) web.View {
	f.t.Helper()
	v, p, err := f.cases().SubmitRecoveryCode(f.t.Context(), t, events.NewSecret(code))
	if err != nil || p != want {
		f.t.Fatalf("printed code: %q, %v, want %q", p, err, want)
	}
	return v
}

func byCode(t *testing.T, change ...func(*policy.Policy)) (*fixture, web.Ticket) {
	t.Helper()
	f := start(t, append(change, steps(recovery.Link, recovery.RecoveryCode))...)
	f.judge.right = "abcd2345abcd2345"
	u := f.person("ann-1")
	return f, f.claimed(u, f.opened(u).RecoveryID)
}

// Verify spends what it finds right: the same question, whoever puts it again after a crash, must have the same name.
func TestARecoveryCodeIsOneQuestionHoweverOftenItIsPut(t *testing.T) {
	f, ticket := byCode(t)
	f.judge.fail = 2
	if v := f.printed(ticket, "ABCD-2345 abcd-2345", web.NoProblem); v.Stage != web.StageFinishing {
		t.Errorf("it ends at %s", v.Stage)
	}
	asked := f.judge.questions()
	for _, q := range asked {
		if q.ID != asked[0].ID || q.User != "ann-1" || q.Code.Reveal() != f.judge.right {
			t.Errorf("verify was asked %+v", q)
		}
	}
	if len(asked) != 3 {
		t.Errorf("verify was asked %d times", len(asked))
	}
	f.printed(ticket, "abcd 2345 abcd 2345", web.NoProblem)
	if n := len(f.judge.questions()); n != 3 {
		t.Errorf("the form that came twice asked verify again: %d", n)
	}
}

func TestACrashBetweenVerifysWordAndTheCommitSpendsNoSecondCode(t *testing.T) {
	f, ticket := byCode(t)
	f.Store.Break(brokenAppend())
	if _, _, err := f.cases().SubmitRecoveryCode(t.Context(), ticket, events.NewSecret(f.judge.right)); err == nil {
		t.Fatal("the commit was not kept, and nobody says so")
	}
	f.Store.Mend()
	f.Restart("recovery")
	f.printed(ticket, f.judge.right, web.NoProblem)
	if q := f.judge.questions(); len(q) != 2 || q[0].ID != q[1].ID {
		t.Errorf("verify was asked %v", q)
	}
}

func TestVerifyIsNotAskedOfWhatIsNotJudged(t *testing.T) {
	f, ticket := byCode(t, func(p *policy.Policy) { p.Recovery.WrongPerDay = 2 })
	f.printed(ticket, " - ", web.WrongCode) // nothing is left of it to ask about
	f.printed(ticket, "wrong", web.WrongCode)
	f.printed(ticket, "wrong", web.WrongCode)
	if v := f.printed(ticket, f.judge.right, web.TooManyCodes); v.RetryAt.IsZero() {
		t.Errorf("the page shows %+v", v)
	}
	if n := len(f.judge.questions()); n != 1 {
		t.Errorf("verify was asked %d times", n)
	}
	if n := len(f.completions()); n != 0 {
		t.Error("it is through")
	}
}

// What was sent too soon, and found its step at hand only when it was decided, was seen by nobody: it is asked for again and not counted.
func TestWhatNobodyJudgedIsNoWrongCode(t *testing.T) {
	f := start(t, steps(recovery.Link, recovery.Captcha, recovery.RecoveryCode))
	f.judge.right = "abcd2345abcd2345"
	u := f.person("ann-1")
	ticket := f.claimed(u, f.opened(u).RecoveryID)
	solution := f.solution(ticket)
	second := workertest.OnNth(workertest.Head, "recovery", 2)
	f.Store.Break(workertest.Faults{Before: func(c workertest.Call) error {
		if second(c) == nil {
			return nil
		}
		f.Store.Mend() // the code was looked at, and is to be decided: now the other window comes in between
		_, _, err := f.cases().SubmitCaptcha(t.Context(), ticket, solution, "")
		return err
	}})
	v := f.printed(ticket, f.judge.right, web.OtherStep)
	if v.Stage != web.StageRecoveryCode || v.AttemptsLeft != 5 || len(f.judge.questions()) != 0 {
		t.Errorf("the page shows %+v, verify was asked %d times", v, len(f.judge.questions()))
	}
	f.printed(ticket, f.judge.right, web.NoProblem)
}
