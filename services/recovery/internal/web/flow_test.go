package web_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/pkg/events/recovery"
	"countersign/services/recovery/internal/captcha/fake"
	"countersign/services/recovery/internal/web"
	"countersign/services/recovery/internal/web/webtest"
)

func TestTheWholeWay(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser()
	b.get(linkPath).says(t, "Get back into your account", webtest.Account, "in 5 minutes (22:45 UTC)", "Yes, go on",
		"We text a code", "recovery codes that you have kept", "robots", "A person at Acme Bank", "waiting period")
	b.submit(linkPath, linkPath).says(t, "Step 2 of 6", "Get a code by text message", webtest.PhoneHint, "ends in 30 minutes")
	b.submit(atCase, atCase+"/text").says(t, "Enter the code from the text message", webtest.PhoneHint, "5 attempts left. The code ends in 5 minutes", "6 digits").saysNot(t, "A new code is on its way")
	b.submit(atCase, atCase+"/code", "code", "999999").says(t, "That code is wrong", "4 attempts left", `aria-invalid="true"`, `aria-describedby="why code-hint left"`)
	b.submit(atCase, atCase+"/code", "code", " 123 456 ").says(t, "Step 3 of 6", "Enter a recovery code")
	b.submit(atCase, atCase+"/recovery-code", "code", "nope").says(t, "That code is wrong", "another one of your list")
	b.submit(atCase, atCase+"/recovery-code", "code", webtest.RecoveryCode).says(t, "Step 4 of 6", "A check against robots", "fake-captcha")
	b.submit(atCase, atCase+"/captcha", fake.Field, "?").says(t, "The check was not passed")
	h.captcha.Fail(1)
	b.get(b.solve().Header.Get("Location")).says(t, "The check could not be confirmed", "not your fault")
	b.get(b.solve().Header.Get("Location")).says(t, "Step 5 of 6", "Waiting for an approval", "ends in 7 days")
	h.Pass()
	b.get(atCase).says(t, "Step 6 of 6", "The waiting period runs", "in 24 hours (22 November, 22:40 UTC)")
	h.DoneAfter(0)
	h.Pass()
	b.get(atCase).says(t, "Two-step sign-in is turned off", `href="https://acme.example/account"`, "Back to Acme Bank").saysNot(t, "Step ")
}

func TestEachStageSurvivesReloadAndTheBackButton(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser().claimed()
	for range allSteps[1:] {
		first := b.get(atCase)
		if again := b.get(atCase); again.text != first.text || again.StatusCode != http.StatusOK {
			t.Errorf("another page at the second look:\n%s", again.text)
		}
		if back := b.get(atCase + "/code"); back.StatusCode != http.StatusSeeOther || back.Header.Get("Location") != atCase {
			t.Errorf("a form's address answers %d", back.StatusCode)
		}
		h.Pass()
	}
}

// Whoever goes back or reloads must not read what was true once.
func TestWhatIsSaidIsOnlySaidWhileItIsTrue(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser().claimed()
	b.submit(atCase, atCase+"/text")
	token := b.tokenOf(atCase)
	wrong := b.send(http.MethodPost, atCase+"/code", form("form", token, "code", "999999")).Header.Get("Location")
	b.get(wrong).says(t, "That code is wrong")
	b.get(wrong).says(t, "That code is wrong")
	b.send(http.MethodPost, atCase+"/code", form("form", token, "code", "888888"))
	b.get(wrong).saysNot(t, "That code is wrong").says(t, "3 attempts left")
	for _, forged := range []string{"?said=wrong_code", "?said=wrong_code&at=00000000", "?said=sent&at=", "?said=%3Cscript%3E"} {
		b.get(atCase+forged).saysNot(t, "is wrong", "is sent", "<script>", "%3C")
	}
}

func TestAnotherTextIsConfirmed(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser().claimed()
	b.submit(atCase, atCase+"/text")
	h.now = h.now.Add(time.Minute)
	b.get(atCase).says(t, `<button class="quiet" name="again" value="yes">`)
	b.submit(atCase, atCase+"/text", "again", "yes").says(t, "A new code is on its way")
}

func TestADoubleClickSendsOneText(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser().claimed()
	token := b.tokenOf(atCase)
	for range 2 {
		sent := b.send(http.MethodPost, atCase+"/text", form("form", token))
		b.get(sent.Header.Get("Location")).says(t, "Enter the code from the text message").saysNot(t, "too early", `role="alert"`)
	}
	h.Set(func(v *web.View) { v.CodeSent = false }) // of the case's former browser
	b.submit(atCase, atCase+"/text").says(t, "too early")
}

func TestWhatIsWrongIsTold(t *testing.T) {
	t.Parallel()
	for _, s := range []struct {
		name  string
		steps []recovery.Step
		set   func(*web.View)
		path  string
		code  string
		want  []string
		not   []string
		write bool
	}{
		{"no code", nil, sent, "/code", "  ", []string{"The code is missing", `aria-invalid="true"`, "5 attempts left"}, nil, false},
		{"what can be no code does not count", nil, sent, "/code", strings.Repeat("1", 65), []string{"cannot be a code", "5 attempts left"}, nil, false},
		{"nor does what is no text", nil, sent, "/code", "12\xff456", []string{"cannot be a code", "5 attempts left"}, nil, false},
		{"the code is too old", nil, func(v *web.View) { sent(v); v.CodeExpiresAt = start }, "/code", "1", []string{"The time of that code is over", "Send a new code"}, []string{`id="code"`}, true},
		{"the last attempt", nil, func(v *web.View) { sent(v); v.AttemptsLeft = 1 }, "/code", "1", []string{"That code is wrong", "can no longer be used"}, []string{`id="code"`, `href="#code"`, "newest message"}, true},
		{"too many of a day", nil, func(v *web.View) { sent(v); v.RetryAt = start.Add(20 * time.Minute) }, "/code", "1", []string{"too many wrong codes, so none is looked at", "try again in 20 minutes", "Look again", "this recovery ends"}, []string{`id="code"`, "Send a new code"}, true},
		{"too many of a day for this case", nil, func(v *web.View) { sent(v); v.RetryAt = start.Add(3 * time.Hour) }, "/code", "1", []string{"start again where you sign in, in 3 hours", "Back to Acme Bank"}, []string{`id="code"`, "Look again", "this recovery ends"}, true},
		{"another text too early", nil, func(v *web.View) { sent(v); v.ResendAt = start.Add(25 * time.Second) }, "/text", "", []string{"too early for a new code", "can be sent in 25 seconds"}, nil, true},
		{"no more texts", nil, func(v *web.View) { sent(v); v.ResendAt = time.Time{} }, "/text", "", []string{"No code was sent", "No more codes can be sent in this recovery"}, []string{"Send a new code"}, true},
		{"no recovery code", []recovery.Step{recovery.Link, recovery.RecoveryCode}, nil, "/recovery-code", "", []string{"The code is missing", "one code of your list"}, nil, false},
		{"recovery codes are not looked at", []recovery.Step{recovery.Link, recovery.RecoveryCode}, func(v *web.View) { v.RetryAt = start.Add(time.Hour) }, "/recovery-code", "x", []string{"in 60 minutes"}, []string{`id="code"`}, true},
		{"the last recovery code", []recovery.Step{recovery.Link, recovery.RecoveryCode}, func(v *web.View) { v.AttemptsLeft = 1 }, "/recovery-code", "x", []string{"That code is wrong", "as many wrong codes", "Back to Acme Bank"}, []string{`id="code"`, "attempts left"}, true},
		{"one more recovery code", []recovery.Step{recovery.Link, recovery.RecoveryCode}, func(v *web.View) { v.AttemptsLeft = 0 }, "/recovery-code", "x", []string{"as many wrong codes"}, []string{`id="code"`, `role="alert"`}, true},
		{"the form of another step", nil, sent, "/captcha", "", []string{"Step 2 of 6"}, []string{`role="alert"`}, true},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			h := open(t, nil, s.steps...)
			b := h.browser().claimed()
			token := b.tokenOf(atCase)
			if s.set != nil {
				h.Set(s.set)
			}
			before := h.Writes()
			answer := b.send(http.MethodPost, atCase+s.path, form("form", token, "code", s.code, "again", "yes"))
			b.get(answer.Header.Get("Location")).says(t, s.want...).saysNot(t, s.not...)
			if wrote := h.Writes() > before; wrote != s.write {
				t.Errorf("the case was asked: %t", wrote)
			}
		})
	}
}

func sent(v *web.View) {
	v.CodeSent, v.CodeExpiresAt, v.AttemptsLeft = true, start.Add(5*time.Minute), 5
}

// The browser that was first is led out as soon as another one takes the case over.
func TestASecondBrowserTakesTheCaseOver(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	first, second := h.browser().claimed(), h.browser().claimed()
	first.get(atCase).says(t, "This leads nowhere any more")
	second.submit(atCase, atCase+"/text")
	second.submit(atCase, atCase+"/code", "code", webtest.Code).says(t, "Step 3 of 6")
	first.get(linkPath).says(t, "This leads nowhere any more", "Go on where you were", `href="/recovery/case"`)
}

func TestASecondClickOnTheLinkChangesNothing(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser().claimed()
	b.submit(atCase, atCase+"/text")
	b.submit(linkPath, linkPath).says(t, "5 attempts left")
}

func TestCancelling(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser().claimed()
	stranger := h.browser()
	stranger.get(cancelPath).says(t, "Stop this recovery?", webtest.Account)
	stranger.submit(cancelPath, cancelPath).says(t, "The recovery is stopped", "Back to Acme Bank")
	b.get(atCase).says(t, "This leads nowhere any more")
	stranger.get(cancelPath).says(t, "This leads nowhere any more", "Change your password now, and tell the support")
}

// Hardly anybody has to look again while the last worker finishes.
func TestAPageWaitsForTheEndALittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, nil, recovery.Link, recovery.Text)
		b := h.browser().claimed()
		h.Pass()
		began := time.Now()
		b.get(atCase).says(t, "Almost done", "Look again")
		if waited := time.Since(began); waited < time.Second || waited > 5*time.Second {
			t.Errorf("waited %s", waited)
		}
		h.DoneAfter(3)
		b.get(atCase).says(t, "Two-step sign-in is turned off")
	})
}

func TestNobodyKnows(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	b := h.browser().claimed()
	token, linkToken := b.tokenOf(atCase), b.tokenOf(linkPath)
	h.Fail(webtest.ErrDown)
	for _, a := range []answer{
		b.get(linkPath), b.get(cancelPath), b.get(atCase), b.send(http.MethodPost, linkPath, form("form", linkToken)),
		b.send(http.MethodPost, atCase+"/text", form("form", token)), b.send(http.MethodPost, atCase+"/code", form("form", token, "code", "1")),
		b.send(http.MethodPost, atCase+"/code", form("form", token)), b.send(http.MethodPost, atCase+"/code", form("form", "old")),
	} {
		a.says(t, "That did not work just now", "Acme Bank").saysNot(t, "refused")
		if a.StatusCode != http.StatusServiceUnavailable || a.Header.Get("Retry-After") == "" {
			t.Errorf("%d", a.StatusCode)
		}
	}
	h.Fail(nil)
	b.get(atCase).says(t, "Step 2 of 6")
}
