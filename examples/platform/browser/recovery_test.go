package browser

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"

	"countersign/tools/browsertest"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var (
	recoveryLink = regexp.MustCompile(`http://\S+/recovery/acme/[a-z2-7]{26}/[^/\s]{12,}`)
	cancelLink   = regexp.MustCompile(`http://\S+/recovery/acme/[a-z2-7]{26}/cancel/[^/\s]+`)
)

func TestALostDeviceOnAPhone(t *testing.T) {
	t.Parallel()
	lostDevice(locked(t, 390, 844))
}

// locked is somebody with an app and a phone number who has typed the password, and has no app any more.
func locked(t *testing.T, width, height int64) *walker {
	t.Helper()
	w := joined(t, width, height)
	w.Visit("/settings/add/totp")
	w.Fill("#phone", w.phone)
	w.Press(`main form button`)
	w.scan()
	w.enter(w.app.Code(w.step))
	w.keepCodes()
	w.signIn()
	return w
}

func lostDevice(w *walker) {
	w.Helper()
	w.Press(`a[href="/lost-device"]`)
	w.Under("/lost-device", "I lost my device")
	w.Look("lost-device")
	w.Press(`main form button`)
	w.Under("/lost-device", "A link was sent to d")
	w.said("recovery", "Opened a recovery of 3 steps")
	w.Look("lost-device-mailed")
	link := w.mails.find(w.Context(), recoveryLink)
	w.scanner(link)
	w.follow(link)
	w.fromInbox(link)
	w.Look("recovery-link")
	w.Press(`main form button`)
	w.Under("/recovery/case", "Get a code by text message", "•••• "+w.phone[len(w.phone)-4:])
	w.Look("recovery-text")
	w.Press(`main form button`)
	w.Under("/recovery/case", "Enter the code from the text message")
	w.Look("recovery-code")
	code := w.texts.code(w.Context())
	w.enter(unlike(code))
	w.Under("/recovery/case", "That code is wrong", "4 attempts left")
	w.Look("recovery-code-wrong")
	w.enter(spaced(code))
	w.Under("/recovery/case", "A check against robots")
	w.solved()
	w.Look("recovery-captcha")
	w.Press(`main form button`)
	w.finished()
	w.Under("/recovery/case", "Two-step sign-in is turned off")
	w.Look("recovery-done")
	w.Press(`main a.button`)
	w.isIn()
}

// follow opens a link as a click in the inbox does, and reloads it: looking changes nothing.
func (w *walker) follow(link string) {
	w.Helper()
	for range 2 {
		w.Do(chromedp.Navigate(link))
		w.Under("/recovery/acme/", "Get back into your account", "We text a code to your phone")
	}
}

// fromInbox comes to the link's page by a click in the inbox, where links lead to a tab of their own.
func (w *walker) fromInbox(link string) {
	w.Helper()
	w.Visit("/inbox")
	css := fmt.Sprintf("a[href=%q]", link)
	if !browsertest.JS[bool](w.Tab, fmt.Sprintf("(() => { const a = document.querySelector(%q); a?.removeAttribute('target'); return a?.checkVisibility() ?? false; })()", css)) {
		w.Fatalf("the inbox has no such link:\n%s", w.Text("main"))
	}
	w.Press(css)
	w.Under("/recovery/acme/", "Get back into your account")
}

// scanner opens a link as a mail scanner does: often, from elsewhere, without a browser's cookies.
func (w *walker) scanner(link string) {
	w.Helper()
	for i := range 10 {
		method := []string{http.MethodGet, http.MethodHead}[i%2]
		request, err := http.NewRequestWithContext(w.Context(), method, link, nil)
		if err != nil {
			w.Fatal(err)
		}
		request.Header.Set("User-Agent", "scanner/1.0")
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			w.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusOK || len(response.Cookies()) > 0 {
			w.Errorf("%s by a scanner: %s, %d cookies", method, response.Status, len(response.Cookies()))
		}
	}
}

// solved waits until the widget has done its sum.
func (w *walker) solved() {
	w.Helper()
	done := browsertest.JS[bool](w.Tab, `new Promise((done) => {
		const there = () => { const field = document.querySelector('form input[name="altcha"]'); return field && field.value !== ''; };
		const look = setInterval(() => { if (there()) { clearInterval(look); done(true); } }, 50);
		setTimeout(() => done(false), 60000);
	})`)
	if !done {
		w.Fatalf("the widget does not solve it:\n%s", w.Text("main"))
	}
}

// finished looks again, as the page does by itself, until the factors are gone.
func (w *walker) finished() {
	w.Helper()
	for browsertest.JS[bool](w.Tab, `document.querySelector('main a.button[href$="/sign-in"]') === null`) {
		w.Visit("/recovery/case")
	}
}

// isIn signs in by the password alone.
func (w *walker) isIn() {
	w.Helper()
	w.Under("/sign-in")
	w.Fill("#email", w.email)
	w.Fill("#password", password)
	w.Press(`main form button:not([type])`)
	w.Under("/home", "Signed in as "+w.email)
	w.said("verify", "Waived the second factor")
	w.Visit("/settings")
	w.Under("/settings", "Your password alone opens this account")
}

// speaks has the browser prefer a language.
func (w *walker) speaks(language string) {
	w.Helper()
	agent := browsertest.JS[string](w.Tab, "navigator.userAgent")
	browsertest.Call(w.Tab, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: agent, AcceptLanguage: language})
}

func TestALostDeviceInCzechOnTheSmallestPhone(t *testing.T) {
	t.Parallel()
	w := locked(t, 320, 640)
	w.speaks("cs")
	w.Press(`a[href="/lost-device"]`)
	w.Press(`main form button`)
	w.Do(chromedp.Navigate(w.mails.find(w.Context(), recoveryLink)))
	w.inCzech("link")
	w.Look("recovery-czech-link")
	w.Press(`main form button`)
	w.inCzech("text")
	w.Look("recovery-czech-text")
	w.Press(`main form button`)
	w.inCzech("code")
	w.Look("recovery-czech-code")
	w.enter(w.texts.code(w.Context()))
	w.inCzech("captcha")
	w.solved()
	w.Look("recovery-czech-captcha")
	w.Press(`main form button`)
	w.finished()
	w.inCzech("done")
	w.Look("recovery-czech-done")
	w.Press(`main a.button`)
	w.isIn()
}

func (w *walker) inCzech(name string) {
	w.Helper()
	if language, text := browsertest.JS[string](w.Tab, "document.documentElement.lang"), w.Text("main"); language != "cs" || !regexp.MustCompile(`[ěščřžýáíéůú]`).MatchString(text) {
		w.Errorf("%s is in %s:\n%s", name, language, text)
	}
}

// Whoever cannot use a mouse comes back in as well.
func TestALostDeviceByKeyboard(t *testing.T) {
	t.Parallel()
	w := locked(t, 1280, 900)
	w.tabTo(`a[href="/lost-device"]`)
	w.enters("/lost-device")
	w.tabTo(`main form button`)
	w.enters("/lost-device")
	w.Do(chromedp.Navigate(w.mails.find(w.Context(), recoveryLink)))
	w.tabTo(`main form button`)
	w.enters("/recovery/case")
	w.tabTo(`main form button`)
	w.enters("/recovery/case")
	w.Focused("#code")
	w.Key("1")
	w.enters("/recovery/case")
	w.Focused("#code") // what is wrong has the focus, and its description
	w.Key(kb.Delete + w.texts.code(w.Context()))
	w.enters("/recovery/case")
	w.solved()
	w.tabTo(`main form button`)
	w.enters("/recovery/case")
	w.finished()
	w.tabTo(`main a.button`)
	w.enters("/sign-in")
	w.isIn()
}
