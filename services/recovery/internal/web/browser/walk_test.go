package browser

import (
	"testing"
	"time"

	"countersign/pkg/events/recovery"
	"countersign/services/recovery/internal/web"
	"countersign/services/recovery/internal/web/webtest"
	"countersign/tools/browsertest"
	"github.com/chromedp/chromedp"
)

const send = `main form button`

func TestTheWholeWayOnAPhone(t *testing.T) {
	t.Parallel()
	b := built(t, blue, steps...).open(t, 390, 844, "en")
	b.wholeWay()
	b.At(atCase, "Two-step sign-in is turned off", "Back to Acme Bank")
}

func TestTheWholeWayAtADesk(t *testing.T) {
	t.Parallel()
	b := built(t, plain, steps...).open(t, 1280, 900, "en-US,en;q=0.9")
	b.Schemes = []string{"light"}
	b.wholeWay()
}

func TestTheWholeWayInCzechOnTheSmallestPhone(t *testing.T) {
	t.Parallel()
	b := built(t, yellow, steps...).open(t, 320, 640, "cs")
	b.wholeWay()
	b.At(atCase, "Hotovo", "Dvoufázové přihlášení je vypnuto")
}

func TestTheWholeWayInGerman(t *testing.T) {
	t.Parallel()
	b := built(t, blue, steps...).open(t, 390, 844, "de")
	b.Schemes = []string{"dark"}
	b.wholeWay()
	b.At(atCase, "Fertig", "Die Anmeldung in zwei Schritten ist ausgeschaltet")
}

// wholeWay says no words: it is walked in every language.
func (b *tab) wholeWay() {
	b.Helper()
	b.Visit(linkPath)
	b.look("link")
	b.Press(send)
	b.At(atCase, webtest.PhoneHint)
	b.look("text")
	b.Press(send)
	b.look("code")
	b.Press(send)
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
	b.Press(send)
	b.look("approval")
	b.Pass()
	b.Press(`main .button`)
	b.look("waiting")
	b.DoneAfter(2)
	b.Pass()
	b.Press(`main .button`)
	b.At(atCase)
	b.look("done")
}

// enter types a code and sends it.
func (b *tab) enter(code string) {
	b.Helper()
	b.Fill("#code", code)
	b.Press(`form:has(#code) button`)
	b.At(atCase)
}

// solved waits until the widget has done its work.
func (b *tab) solved() {
	b.Helper()
	b.Do(chromedp.WaitReady(chromedp.CSS(`altcha-widget input[name=altcha]`)))
	done := browsertest.JS[bool](b.Tab, `new Promise((done) => {
		const there = () => document.querySelector('altcha-widget input[name=altcha]')?.value;
		if (there()) return done(true);
		document.querySelector('altcha-widget').addEventListener('statechange', (e) => { if (e.detail.state === 'verified') done(true); });
		setTimeout(() => done(!!there()), 30000);
	})`)
	if !done {
		b.Fatalf("the captcha is not solved:\n%s", b.Text("main"))
	}
}

func TestStoppingIt(t *testing.T) {
	t.Parallel()
	h := built(t, blue, steps...)
	b := h.open(t, 390, 844, "en")
	b.Visit(linkPath)
	b.Press(send)
	h.Set(func(v *web.View) { v.Stage, v.CompletesAt = web.StageWaiting, h.clock().Add(20*time.Hour) })
	other := h.open(t, 390, 844, "en")
	other.Visit(cancelPath)
	other.At(cancelPath, "Stop this recovery?")
	other.look("cancel")
	other.Press(send)
	other.At(cancelPath, "The recovery is stopped")
	other.look("cancelled")
	other.Visit(cancelPath)
	other.At(cancelPath, "leads nowhere any more")
	other.look("over")
	b.Visit(atCase)
	b.At(atCase, "leads nowhere any more")
}

// Each of these is seldom seen.
func TestUnhappyTurns(t *testing.T) {
	t.Parallel()
	h := built(t, blue, recovery.Link, recovery.Text, recovery.RecoveryCode)
	b := h.open(t, 390, 844, "en")
	b.Visit(linkPath)
	b.Press(send)
	b.Press(send)
	b.Press(`form[action$="/case/text"] button`)
	b.At(atCase, "too early for a new code", "in 30 seconds")
	b.look("too-soon")
	for range 4 {
		b.enter("999999")
	}
	b.At(atCase, "1 attempt left")
	b.enter("999999")
	b.At(atCase, "That code is wrong", "can no longer be used")
	b.look("used-up")
	h.later(time.Minute)
	b.Press(`form[action$="/case/text"] button`)
	b.At(atCase, "A new code is on its way")
	b.look("sent-again")
	h.later(6 * time.Minute)
	b.enter("123456")
	b.At(atCase, "The time of that code is over")
	b.look("too-late")
	h.Set(func(v *web.View) { v.RetryAt = h.clock().Add(5 * time.Hour) })
	b.Visit(atCase)
	b.At(atCase, "none is looked at for now")
	b.look("locked-for-good")
	h.Set(func(v *web.View) { v.RetryAt = h.clock().Add(5 * time.Minute) })
	b.Visit(atCase)
	b.At(atCase, "You can try again in 5 minutes")
	b.look("locked")
	h.Set(func(v *web.View) { v.RetryAt, v.ResendAt = time.Time{}, time.Time{} })
	b.Visit(atCase)
	b.At(atCase, "No more codes can be sent")
	b.look("no-more")
	h.Set(func(v *web.View) { v.Stage = web.StageFinishing })
	b.Visit(atCase)
	b.At(atCase, "Almost done")
	b.look("finishing")
}

// Each state survives reload, the back button, and a link that is opened anew.
func TestReloadAndTheBackButton(t *testing.T) {
	t.Parallel()
	h := built(t, plain, recovery.Link, recovery.Text, recovery.RecoveryCode)
	b := h.open(t, 390, 844, "en")
	b.Visit(linkPath)
	b.Press(send)
	b.Press(send)
	writes := h.Writes()
	b.Do(chromedp.Reload())
	b.At(atCase, "Enter the code from the text message")
	b.Do(chromedp.NavigateBack())
	b.Do(chromedp.NavigateForward())
	b.At(atCase, "Enter the code from the text message")
	if h.Writes() != writes {
		t.Error("going back or reloading sent a form")
	}
	b.enter("999999")
	b.Do(chromedp.Reload())
	b.At(atCase, "4 attempts left")
	b.enter("123456")
	b.Do(chromedp.NavigateBack())
	b.Do(chromedp.Reload())
	b.At(atCase, "Enter a recovery code")
	b.Visit(linkPath)
	b.At(linkPath, "leads nowhere any more")
	b.Press(`.aside a`)
	b.At(atCase, "Enter a recovery code")
}
