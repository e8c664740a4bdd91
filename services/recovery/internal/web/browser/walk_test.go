package browser

import (
	"testing"
	"time"

	"countersign/pkg/events/recovery"
	"countersign/services/recovery/internal/web"
	"countersign/services/recovery/internal/web/webtest"
	"github.com/chromedp/chromedp"
)

const send = `main form button`

func TestTheWholeWayOnAPhone(t *testing.T) {
	t.Parallel()
	b := built(t, blue, steps...).open(t, 390, 844, "en")
	b.wholeWay()
	b.at(atCase, "Two-step sign-in is turned off", "Back to Acme Bank")
}

func TestTheWholeWayAtADesk(t *testing.T) {
	t.Parallel()
	b := built(t, plain, steps...).open(t, 1280, 900, "en-US,en;q=0.9")
	b.schemes = []string{"light"}
	b.wholeWay()
}

func TestTheWholeWayInCzechOnTheSmallestPhone(t *testing.T) {
	t.Parallel()
	b := built(t, yellow, steps...).open(t, 320, 640, "cs")
	b.wholeWay()
	b.at(atCase, "Hotovo", "Dvoufázové přihlášení je vypnuto")
}

func TestTheWholeWayInGerman(t *testing.T) {
	t.Parallel()
	b := built(t, blue, steps...).open(t, 390, 844, "de")
	b.schemes = []string{"dark"}
	b.wholeWay()
	b.at(atCase, "Fertig", "Die Anmeldung in zwei Schritten ist ausgeschaltet")
}

// wholeWay says no words: it is walked in every language.
func (b *tab) wholeWay() {
	b.Helper()
	b.visit(linkPath)
	b.look("link")
	b.press(send)
	b.at(atCase, webtest.PhoneHint)
	b.look("text")
	b.press(send)
	b.look("code")
	b.press(send)
	b.look("code-missing")
	b.enter("999999")
	b.look("code-wrong")
	b.enter("123 456")
	b.look("recovery-code")
	b.enter("abcd-efgh")
	b.look("recovery-code-wrong")
	b.enter(webtest.RecoveryCode)
	b.solved()
	b.look("captcha")
	b.press(send)
	b.look("approval")
	b.Pass()
	b.press(`main .button`)
	b.look("waiting")
	b.DoneAfter(2)
	b.Pass()
	b.press(`main .button`)
	b.at(atCase)
	b.look("done")
}

// enter types a code and sends it.
func (b *tab) enter(code string) {
	b.Helper()
	b.fill("#code", code)
	b.press(`form:has(#code) button`)
	b.at(atCase)
}

// solved waits until the widget has done its work.
func (b *tab) solved() {
	b.Helper()
	b.do(chromedp.WaitReady(chromedp.CSS(`altcha-widget input[name=altcha]`)))
	done := js[bool](b, `new Promise((done) => {
		const there = () => document.querySelector('altcha-widget input[name=altcha]')?.value;
		if (there()) return done(true);
		document.querySelector('altcha-widget').addEventListener('statechange', (e) => { if (e.detail.state === 'verified') done(true); });
		setTimeout(() => done(!!there()), 30000);
	})`)
	if !done {
		b.Fatalf("the captcha is not solved:\n%s", b.text("main"))
	}
}

func TestStoppingIt(t *testing.T) {
	t.Parallel()
	h := built(t, blue, steps...)
	b := h.open(t, 390, 844, "en")
	b.visit(linkPath)
	b.press(send)
	h.Set(func(v *web.View) { v.Stage, v.CompletesAt = web.StageWaiting, h.clock().Add(20*time.Hour) })
	other := h.open(t, 390, 844, "en")
	other.visit(cancelPath)
	other.at(cancelPath, "Stop this recovery?")
	other.look("cancel")
	other.press(send)
	other.at(cancelPath, "The recovery is stopped")
	other.look("cancelled")
	other.visit(cancelPath)
	other.at(cancelPath, "leads nowhere any more")
	other.look("over")
	b.visit(atCase)
	b.at(atCase, "leads nowhere any more")
}

// Each of these is seldom seen.
func TestUnhappyTurns(t *testing.T) {
	t.Parallel()
	h := built(t, blue, recovery.Link, recovery.Text, recovery.RecoveryCode)
	b := h.open(t, 390, 844, "en")
	b.visit(linkPath)
	b.press(send)
	b.press(send)
	b.press(`form[action$="/case/text"] button`)
	b.at(atCase, "too early for a new code", "in 30 seconds")
	b.look("too-soon")
	for range 4 {
		b.enter("999999")
	}
	b.at(atCase, "1 attempt left")
	b.enter("999999")
	b.at(atCase, "That code is wrong", "can no longer be used")
	b.look("used-up")
	h.later(time.Minute)
	b.press(`form[action$="/case/text"] button`)
	b.at(atCase, "A new code is on its way")
	b.look("sent-again")
	h.later(6 * time.Minute)
	b.enter("123456")
	b.at(atCase, "The time of that code is over")
	b.look("too-late")
	h.Set(func(v *web.View) { v.RetryAt = h.clock().Add(5 * time.Hour) })
	b.visit(atCase)
	b.at(atCase, "none is looked at for now")
	b.look("locked-for-good")
	h.Set(func(v *web.View) { v.RetryAt = h.clock().Add(5 * time.Minute) })
	b.visit(atCase)
	b.at(atCase, "You can try again in 5 minutes")
	b.look("locked")
	h.Set(func(v *web.View) { v.RetryAt, v.ResendAt = time.Time{}, time.Time{} })
	b.visit(atCase)
	b.at(atCase, "No more codes can be sent")
	b.look("no-more")
	h.Set(func(v *web.View) { v.Stage = web.StageFinishing })
	b.visit(atCase)
	b.at(atCase, "Almost done")
	b.look("finishing")
}

// Each state survives reload, the back button, and a link that is opened anew.
func TestReloadAndTheBackButton(t *testing.T) {
	t.Parallel()
	h := built(t, plain, recovery.Link, recovery.Text, recovery.RecoveryCode)
	b := h.open(t, 390, 844, "en")
	b.visit(linkPath)
	b.press(send)
	b.press(send)
	writes := h.Writes()
	b.do(chromedp.Reload())
	b.at(atCase, "Enter the code from the text message")
	b.do(chromedp.NavigateBack())
	b.do(chromedp.NavigateForward())
	b.at(atCase, "Enter the code from the text message")
	if h.Writes() != writes {
		t.Error("going back or reloading sent a form")
	}
	b.enter("999999")
	b.do(chromedp.Reload())
	b.at(atCase, "4 attempts left")
	b.enter("123456")
	b.do(chromedp.NavigateBack())
	b.do(chromedp.Reload())
	b.at(atCase, "Enter a recovery code")
	b.visit(linkPath)
	b.at(linkPath, "leads nowhere any more")
	b.press(`.aside a`)
	b.at(atCase, "Enter a recovery code")
}
