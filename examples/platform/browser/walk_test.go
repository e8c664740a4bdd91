package browser

import (
	"errors"
	"fmt"
	"image"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/e2e/stranger"
	"countersign/tools/browsertest"
	"github.com/chromedp/chromedp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

const password = "correct horse battery"

// A walker is a person at a browser.
type walker struct {
	*browsertest.Tab
	email, phone string
	mails, texts *reader
	app          stranger.App
	step         int64    // the last one whose code was accepted
	spares       []string // recovery codes
}

func walks(t *testing.T, width, height int64) *walker {
	t.Helper()
	w := &walker{Tab: chromium.Open(t, browsertest.Window{Site: house.Page, Width: width, Height: height})}
	w.email = fmt.Sprintf("dana%d@example.com", time.Now().UnixNano())
	w.phone = fmt.Sprintf("+1555%07d", time.Now().UnixNano()%10_000_000)
	w.mails, w.texts = reads(t, w.email), reads(t, w.phone)
	return w
}

func TestTheWholeWayOnAPhone(t *testing.T) {
	t.Parallel()
	wholeWay(walks(t, 390, 844))
}

func TestTheWholeWayAtADesk(t *testing.T) {
	t.Parallel()
	wholeWay(walks(t, 1280, 900))
}

func wholeWay(w *walker) {
	w.Helper()
	w.Visit("/")
	w.Under("/", "See a second factor at work")
	w.Look("start")
	w.signUp()
	w.addApp()
	w.signInWithApp()
	w.addEmail()
	w.addText()
	w.switchFactors()
	w.turnOff()
}

func (w *walker) signUp() {
	w.Helper()
	w.Press(`.step.now a`)
	w.Under("/sign-up")
	w.Look("sign-up")
	w.Fill("#email", "dana")
	w.Fill("#password", "short")
	w.Press(`main form button:not([type])`)
	w.Under("/sign-up", "Enter an email address such as name@example.com", "at least 8 characters")
	w.Look("sign-up-faulty")
	w.Fill("#email", w.email)
	w.Fill("#password", password)
	w.Press(`main form button:not([type])`)
	w.Under("/home", "Signed in as "+w.email)
	w.said("verify", "Waived the second factor")
	w.Look("home")
}

// said waits until the panel shows an event in these words.
func (w *walker) said(who, words string) {
	w.Helper()
	found := browsertest.JS[bool](w.Tab, fmt.Sprintf(`new Promise((done) => {
		const there = () => [...document.querySelectorAll('#panel .entry')].some((e) =>
			e.querySelector('.who').textContent === %q && e.querySelector('.entry-text').textContent.includes(%q));
		if (there()) return done(true);
		const watch = new MutationObserver(() => { if (there()) { watch.disconnect(); done(true); } });
		watch.observe(document.getElementById('entries'), {childList: true});
		setTimeout(() => done(false), 20000);
	})`, who, words))
	if !found {
		w.Fatalf("the panel does not have %s say %q:\n%s", who, words, w.Text("#panel"))
	}
}

func (w *walker) addApp() {
	w.Helper()
	w.Press(`nav a[href="/settings"]`)
	w.Under("/settings", "Your password alone opens this account")
	w.Look("settings-empty")
	w.Press(`a[href="/settings/add/totp"]`)
	w.Look("add-app")
	w.Press(`main form button`)
	w.Under("/settings/confirm/", "Scan this with your authenticator app")
	w.said("enroll", "The secret itself is in no event")
	w.Look("confirm-app")
	w.scan()
	w.enter(w.app.Wrong(w.step))
	w.Under("/settings/confirm/", "That code is wrong. You have 4 attempts left.")
	w.Look("confirm-app-faulty")
	w.enter(spaced(w.app.Code(w.step)))
	w.Under("/settings/recovery-codes", "Authenticator app is active")
	w.said("enroll", "Activated your authenticator app")
	w.Look("recovery-codes")
	w.keepCodes()
	w.Look("settings-app")
}

var spare = regexp.MustCompile(`\b[a-z2-7]{4}(-[a-z2-7]{4}){3}\b`)

// keepCodes notes the recovery codes that are shown after the first activation.
func (w *walker) keepCodes() {
	w.Helper()
	w.Under("/settings/recovery-codes", "Your recovery codes")
	w.spares = spare.FindAllString(w.Text(".codes"), -1)
	if len(w.spares) != 10 {
		w.Fatalf("%d recovery codes:\n%s", len(w.spares), w.Text("main"))
	}
	w.Press(`form[action$="/kept"] button`)
	w.Under("/settings", "10 codes left")
}

// scan reads the QR code. A camera sees it sharper than a screenshot of a narrow page, where it is drawn a little smaller than it is, and
// a person whose phone does not read it goes closer.
func (w *walker) scan() {
	w.Helper()
	var text string
	err := errors.New("not looked at")
	for closer := 1.0; err != nil && closer <= 3; closer++ {
		w.Do(chromedp.EmulateViewport(1280, w.Height, chromedp.EmulateScale(closer)))
		text, err = qr(w.Seen(".qr img"))
	}
	if err != nil {
		w.Fatalf("no QR code is to be read: %v", err)
	}
	w.Do(chromedp.EmulateViewport(w.Width, w.Height))
	w.app = appOf(w.TB, text)
	w.step = w.app.Step(time.Now())
}

func qr(picture image.Image) (string, error) {
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		return "", err
	}
	found, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
	if err != nil {
		return "", err
	}
	return found.GetText(), nil
}

// appOf takes an otpauth URI apart.
func appOf(t testing.TB, uri string) stranger.App {
	t.Helper()
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" {
		t.Fatalf("the QR code does not say otpauth://totp: %v", err)
	}
	q := u.Query()
	count, _ := strconv.Atoi(q.Get("digits"))
	period, _ := strconv.Atoi(q.Get("period"))
	app := stranger.App{Secret: q.Get("secret"), Algorithm: q.Get("algorithm"), Digits: max(count, 6), Period: max(period, 30)}
	if app.Algorithm == "" {
		app.Algorithm = "SHA1"
	}
	return app
}

// enter types a code and sends it.
func (w *walker) enter(code string) {
	w.Helper()
	w.Fill("#code", code)
	w.Press(`form:has(#code) button`)
}

// spaced writes a code as apps show it.
func spaced(code string) string { return code[:3] + " " + code[3:] }

// next is the code of the step after the last one that was accepted: good for one more half minute, so that nobody has to wait.
func (w *walker) next() string {
	w.step = max(w.step+1, w.app.Step(time.Now()))
	return w.app.Code(w.step)
}

func (w *walker) signIn() {
	w.Helper()
	w.Press(`form[action="/sign-out"] button`)
	w.Under("/sign-in", "You have signed out")
	w.Fill("#email", w.email)
	w.Fill("#password", password)
	w.Press(`main form button:not([type])`)
	w.Under("/code")
}

func (w *walker) signInWithApp() {
	w.Helper()
	w.Press(`form[action="/sign-out"] button`)
	w.Look("sign-in")
	w.Fill("#email", w.email)
	w.Fill("#password", "not that one")
	w.Press(`main form button:not([type])`)
	w.Under("/sign-in", "Address or password is wrong")
	w.Look("sign-in-faulty")
	w.Fill("#password", password)
	w.Press(`main form button:not([type])`)
	w.Under("/code", "Enter the code from your app", "5 attempts left")
	w.Look("code-app")
	w.enter("")
	w.Under("/code", "Enter the code")
	w.enter(w.app.Wrong(w.step))
	w.Under("/code", "That code is wrong. You have 4 attempts left.")
	w.said("verify", "Refused the code: it is wrong")
	w.Look("code-app-wrong")
	code := w.next()
	w.enter(code)
	w.Under("/home")
	w.said("verify", "Accepted the code")
	w.Look("home-again")
	w.signIn()
	w.enter(code)
	w.Under("/code", "That code was used already. Each code counts only once")
	w.said("verify", "Noticed that a code which opened one login was tried in another")
	w.Look("code-app-used")
	w.Press(`form[action="/code/cancel"] button`)
	w.Under("/sign-in")
}

func (w *walker) addEmail() {
	w.Helper()
	w.Fill("#email", w.email)
	w.Fill("#password", password)
	w.Press(`main form button:not([type])`)
	w.enter(w.fresh())
	w.Under("/home")
	w.Press(`nav a[href="/settings"]`)
	w.Press(`a[href="/settings/add/email"]`)
	w.Look("add-email")
	w.Press(`main form button`)
	w.Under("/settings/confirm/", "A code was sent to d")
	w.Look("confirm-email")
	w.enter(w.mails.code(w.Context()))
	w.Under("/settings", "Email is active")
	w.said("notifier", "Handed a mail over")
}

// fresh waits for a step whose code was not used, where two of them are used up.
func (w *walker) fresh() string {
	w.Helper()
	if now := w.app.Step(time.Now()); w.step >= now+1 {
		until := time.Unix((w.step)*int64(w.app.Period), 0)
		select {
		case <-time.After(time.Until(until)):
		case <-w.Context().Done():
			w.Fatal(w.Context().Err())
		}
	}
	return w.next()
}

func (w *walker) addText() {
	w.Helper()
	w.Press(`a[href="/settings/add/sms"]`)
	w.Fill("#phone", "123")
	w.Press(`main form button`)
	w.Under("/settings/add/sms", "Enter the number with + and the country code first")
	w.Look("add-text-faulty")
	w.Fill("#phone", strings.Join([]string{w.phone[:2], w.phone[2:5], w.phone[5:]}, " "))
	w.Press(`main form button`)
	w.Under("/code", "Enter the code from the mail") // the proof of signing in was spent on the mail
	w.Look("step-up-email")
	w.enter(w.mails.code(w.Context()))
	w.Under("/settings/confirm/", "A code was sent to •••• "+w.phone[len(w.phone)-4:])
	w.enter(w.texts.code(w.Context()))
	w.Under("/settings", "Text message is active")
	w.Look("settings-all")
}

func (w *walker) switchFactors() {
	w.Helper()
	w.Press(`form[action="/settings/first"] button[value="totp"]`)
	w.Under("/code", "to be asked for the authenticator app first", "Enter the code from the text")
	w.Look("step-up-text")
	w.enter(w.texts.code(w.Context()))
	w.Under("/settings", "From now on you are asked for this first: Authenticator app")
	w.Look("settings-switched")
	w.signIn()
	w.Under("/code", "Enter the code from your app")
	w.Press(`button[value="email"]`)
	w.Under("/code", "A new code is on its way to d", "Enter the code from the mail")
	w.said("Acme", "Asked to go on with another factor: email")
	w.Look("code-switched")
	w.Press(`button[value="totp"]`)
	w.Under("/code", "Enter the code from your app", "A code can be sent in")
	w.enter(w.mails.code(w.Context()))
	w.Under("/code", "That code is wrong")
	w.enter(w.fresh())
	w.Under("/home")
}

func (w *walker) turnOff() {
	w.Helper()
	w.Press(`nav a[href="/settings"]`)
	w.Press(`a[href="/settings/off/sms"]`)
	w.Look("turn-off")
	w.Fill("#password", "not that one")
	w.Press(`main form button:not([type])`)
	w.Under("/settings/off/sms", "That is not your password")
	w.Fill("#password", password)
	w.Press(`main form button:not([type])`)
	w.Under("/code", "to turn off text message codes", "Enter the code from your app")
	w.Press(`button[value="sms"]`)
	w.Under("/code", "Enter the code from the text")
	w.enter(w.texts.code(w.Context()))
	w.Under("/settings", "Text message is turned off")
	w.said("enroll", "Removed text message")
	w.Look("settings-turned-off")
	w.Visit("/")
	w.Under("/", "That was it")
	w.Look("start-done")
}
