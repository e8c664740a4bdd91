package recovery_test

import (
	"net/url"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/workertest"
	"countersign/services/recovery/internal/captcha/fake"
	"countersign/services/recovery/internal/web"
)

func brokenAppend() workertest.Faults {
	return workertest.Faults{Before: workertest.On(workertest.Append, "recovery")}
}

func TestACaptchaInDoubtProvesNothing(t *testing.T) {
	f := start(t, steps(recovery.Link, recovery.Captcha, recovery.Text))
	u := f.person("ann-1")
	ticket := f.claimed(u, f.opened(u).RecoveryID)
	solution := f.solution(ticket)
	f.captcha.Fail(1)
	if v := f.solved(ticket, solution, web.CaptchaDoubt); v.Stage != web.StageCaptcha || v.Captcha.Widget.Tag == "" {
		t.Errorf("the page shows %+v", v)
	}
	f.solved(ticket, url.Values{fake.Field: {"nonsense"}}, web.CaptchaFailed)
	f.solved(ticket, solution, web.NoProblem) // what was in doubt is not spent
	if s := f.stage(ticket); s != web.StageText {
		t.Errorf("then comes %s", s)
	}
}

// While streams, keys or the append fail, no page says anything about the case, and nothing is passed.
func TestDoubtShowsAndPassesNothing(t *testing.T) {
	f := start(t)
	u := f.person("ann-1")
	o := f.opened(u)
	ticket := f.claimed(u, o.RecoveryID)
	f.texted(ticket)
	right, link := events.NewSecret(u.Sent(o.RecoveryID, 1)), f.link(u, o.RecoveryID, 1)
	try := func(name string) {
		t.Helper()
		for i, err := range []error{
			second(f.cases().Look(t.Context(), link)), second(f.cases().View(t.Context(), ticket)),
			third(f.cases().SubmitText(t.Context(), ticket, right)),
		} {
			if err == nil {
				t.Errorf("%s: page %d is sure", name, i)
			}
		}
	}
	for _, kind := range []string{"recovery", "enrollment"} {
		f.Store.Break(workertest.Faults{Before: workertest.On(workertest.Head, kind)})
		try("the " + kind + "'s head cannot be read")
	}
	f.Store.Mend()
	f.Keys.Break(func() error { return keyring.ErrForged })
	try("the keys are forged")
	f.Keys.Break(nil)
	f.Store.Break(brokenAppend())
	if err := third(f.cases().SubmitText(t.Context(), ticket, right)); err == nil {
		t.Error("what was not kept is passed")
	}
	f.Store.Mend()
	if s := f.stage(ticket); s != web.StageText {
		t.Errorf("in doubt the case got on to %s", s)
	}
	f.typed(ticket, right.Reveal(), web.NoProblem)
}

func second[T any](_ T, err error) error { return err }

func third[T, U any](_ T, _ U, err error) error { return err }

// An append that happened though it seemed to fail is found, once.
func TestAnAppendOfUnknownOutcomeHasOneEffect(t *testing.T) {
	f := start(t)
	u := f.person("ann-1")
	o := f.opened(u)
	ticket := f.claimed(u, o.RecoveryID)
	f.Store.Break(workertest.Faults{After: workertest.OnNth(workertest.Append, "recovery", 1)})
	if err := third(f.cases().SendText(t.Context(), ticket)); err == nil {
		t.Error("nobody knows, and the page says so")
	}
	f.Store.Mend()
	if v, err := f.cases().View(t.Context(), ticket); err != nil || !v.CodeSent {
		t.Errorf("the page shows %+v, %v", v, err)
	}
	f.typed(ticket, u.Sent(o.RecoveryID, 1), web.NoProblem)
}
