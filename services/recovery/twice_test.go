package recovery_test

import (
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/recovery/internal/web"
)

// atOnce does the same in several places at the same time.
func atOnce(n int, do func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	all.Wait()
}

func TestWhatIsSentTwiceHasOneEffect(t *testing.T) {
	f := start(t)
	u := f.person("ann-1")
	o := f.opened(u)
	ticket := f.claimed(u, o.RecoveryID)
	atOnce(4, func(int) {
		if v, p, err := f.cases().SendText(t.Context(), ticket); err != nil || p != web.NoProblem && p != web.TooSoon || !v.CodeSent {
			t.Errorf("a click on send: %q, %v", p, err)
		}
	})
	wrong := workertest.Wrong(u.Sent(o.RecoveryID, 1))
	atOnce(4, func(int) { f.wrong(ticket, wrong) })
	if v := f.wrong(ticket, wrong[:3]+" "+wrong[3:]); v.AttemptsLeft != 4 {
		t.Errorf("%d attempts are left after one wrong code", v.AttemptsLeft)
	}
	atOnce(4, func(int) {
		v, p, err := f.cases().SubmitText(t.Context(), ticket, events.NewSecret(u.Sent(o.RecoveryID, 1)))
		if err != nil || p != web.NoProblem || v.Stage != web.StageCaptcha {
			t.Errorf("the right code: %s %q, %v", v.Stage, p, err)
		}
	})
	solution := f.solution(ticket)
	atOnce(4, func(int) {
		if v, p, err := f.cases().SubmitCaptcha(t.Context(), ticket, solution, ""); err != nil || p != web.NoProblem || v.Stage != web.StageFinishing {
			t.Errorf("the captcha: %s %q, %v", v.Stage, p, err)
		}
	})
	if n := len(f.completions()); n != 1 {
		t.Errorf("%d completions", n)
	}
	kept := map[string]int{}
	for _, c := range u.Commits("recovery") {
		for _, e := range c.Events {
			kept[e.Type]++
		}
	}
	if kept[recovery.TextSentType] != 1 || kept[recovery.CodeMissedType] != 1 || kept[recovery.StepPassedType] != 3 || kept[recovery.CompletedType] != 1 {
		t.Errorf("the stream holds %v", kept)
	}
}

// wrong submits a wrong code, in whichever goroutine.
func (f *fixture) wrong(ticket web.Ticket, code string) web.View {
	v, p, err := f.cases().SubmitText(f.t.Context(), ticket, events.NewSecret(code))
	if err != nil || p != web.WrongCode {
		f.t.Errorf("a wrong code: %q, %v", p, err)
	}
	return v
}

func TestTwoBrowsersOnOneLinkNeverShareACase(t *testing.T) {
	f := start(t)
	u := f.person("ann-1")
	o := f.opened(u)
	tickets := make([]web.Ticket, 2)
	atOnce(2, func(i int) {
		_, ticket, err := f.cases().Claim(t.Context(), f.link(u, o.RecoveryID, 1), web.Ticket{})
		if err != nil {
			t.Error(err)
		}
		tickets[i] = ticket
	})
	first, second := tickets[0], tickets[1]
	if first.Claim > second.Claim {
		first, second = second, first
	}
	if first.Claim != 1 || second.Claim != 2 || first.Token.Equal(second.Token) {
		t.Fatalf("claims %d and %d", first.Claim, second.Claim)
	}
	if f.stage(first) != web.StageOver || f.stage(second) != web.StageText {
		t.Error("the later one does not have the case alone")
	}
	f.texted(second)
	forged := first
	forged.Claim = second.Claim
	for name, ticket := range map[string]web.Ticket{"the first": first, "the first under the other's number": forged} {
		if v, p, err := f.cases().SubmitText(t.Context(), ticket, events.NewSecret(u.Sent(o.RecoveryID, 1))); v.Stage != web.StageOver || p != web.NoProblem || err != nil {
			t.Errorf("%s gets on to %s, %q, %v", name, v.Stage, p, err)
		}
	}
	f.typed(second, u.Sent(o.RecoveryID, 1), web.NoProblem)
	v, ticket, err := f.cases().Claim(t.Context(), f.link(u, o.RecoveryID, 1), first)
	if err != nil || v.Stage != web.StageOver || ticket != (web.Ticket{}) {
		t.Errorf("after the right code the link leads to %s, %v", v.Stage, err)
	}
	if v, again, err := f.cases().Claim(t.Context(), f.link(u, o.RecoveryID, 1), second); err != nil || v.Stage != web.StageCaptcha || again.Claim != 2 {
		t.Errorf("whoever holds the case is led to %s, claim %d, %v", v.Stage, again.Claim, err)
	}
}

// Whoever comes later proves everything anew, with proofs of their own.
func TestALaterClaimVoidsWhatWasPassed(t *testing.T) {
	f := start(t, steps(recovery.Link, recovery.Captcha, recovery.Text))
	u := f.person("ann-1")
	o := f.opened(u)
	first := f.claimed(u, o.RecoveryID)
	solution := f.solution(first)
	f.solved(first, solution, web.NoProblem)
	second := f.claimed(u, o.RecoveryID)
	if s := f.stage(second); s != web.StageCaptcha {
		t.Errorf("the second browser begins with %s", s)
	}
	f.solved(second, solution, web.CaptchaFailed)
	f.solved(second, f.solution(second), web.NoProblem)
	if s := f.stage(second); s != web.StageText {
		t.Errorf("then comes %s", s)
	}
}

func TestACodeIsLookedAtOnlyWhereItIsJudged(t *testing.T) {
	f := start(t, func(p *policy.Policy) { p.Challenge.Attempts, p.Resend.After = 2, 10*time.Millisecond })
	u := f.person("ann-1")
	o := f.opened(u)
	ticket := f.claimed(u, o.RecoveryID)
	f.typed(ticket, "123456", web.CodeExpired) // none was sent
	f.texted(ticket)
	right := u.Sent(o.RecoveryID, 1)
	f.typed(ticket, workertest.Wrong(right), web.WrongCode)
	f.typed(ticket, workertest.Wrong(right, workertest.Wrong(right)), web.WrongCode)
	if v := f.typed(ticket, right, web.TooManyCodes); v.CodeSent || v.AttemptsLeft != 0 {
		t.Errorf("the page shows %+v", v)
	}
	f.resent(ticket)
	f.typed(ticket, right, web.WrongCode) // of a sending that is dead
	f.typed(ticket, u.Sent(o.RecoveryID, 2), web.NoProblem)
}

// resent asks for another text until its time has come.
func (f *fixture) resent(ticket web.Ticket) {
	f.t.Helper()
	for {
		_, p, err := f.cases().SendText(f.t.Context(), ticket)
		if err != nil || p != web.NoProblem && p != web.TooSoon {
			f.t.Fatalf("send another: %q, %v", p, err)
		}
		if p == web.NoProblem {
			return
		}
	}
}

// Who has the password and asks without end cannot fill a stream.
func TestAFloodThatChangesNothingCostsOneCommitASecond(t *testing.T) {
	f := start(t)
	u := f.person("ann-1")
	f.opened(u)
	f.Flood(u, "recovery", recovery.OpenedType, func(int) events.Event { return requested(u.ID) })
	f.Flood(u, "recovery", "not_found", func(int) events.Event {
		return &recovery.Requested{User: u.ID, LoginID: "none", ReauthenticatedAt: time.Now()}
	})
	nobody := f.User("bob-1")
	nobody.Challenged("l1")
	f.Flood(nobody, "recovery", "wrong_state", func(int) events.Event { return requested(nobody.ID) })
}
