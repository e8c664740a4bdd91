package browser

import (
	"fmt"
	"image"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/e2e/stranger"
	"github.com/chromedp/chromedp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

const password = "correct horse battery"

// A walker is a person at a browser.
type walker struct {
	*tab
	email, phone string
	mails, texts *reader
	app          stranger.App
	step         int64    // the last one whose code was accepted
	spares       []string // recovery codes
}

func walks(t *testing.T, width, height int64) *walker {
	t.Helper()
	w := &walker{tab: open(t, width, height)}
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
	w.visit("/")
	w.at("/", "See a second factor at work")
	w.look("start")
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
	w.press(`.step.now a`)
	w.at("/sign-up")
	w.look("sign-up")
	w.fill("#email", "dana")
	w.fill("#password", "short")
	w.press(`main form button:not([type])`)
	w.at("/sign-up", "Enter an email address such as name@example.com", "at least 8 characters")
	w.look("sign-up-faulty")
	w.fill("#email", w.email)
	w.fill("#password", password)
	w.press(`main form button:not([type])`)
	w.at("/home", "Signed in as "+w.email)
	w.said("verify", "Waived the second factor")
	w.look("home")
}

// said waits until the panel shows an event in these words.
func (w *walker) said(who, words string) {
	w.Helper()
	found := js[bool](w.tab, fmt.Sprintf(`new Promise((done) => {
		const there = () => [...document.querySelectorAll('#panel .entry')].some((e) =>
			e.querySelector('.who').textContent === %q && e.querySelector('.entry-text').textContent.includes(%q));
		if (there()) return done(true);
		const watch = new MutationObserver(() => { if (there()) { watch.disconnect(); done(true); } });
		watch.observe(document.getElementById('entries'), {childList: true});
		setTimeout(() => done(false), 20000);
	})`, who, words))
	if !found {
		w.Fatalf("the panel does not have %s say %q:\n%s", who, words, w.text("#panel"))
	}
}

func (w *walker) addApp() {
	w.Helper()
	w.press(`nav a[href="/settings"]`)
	w.at("/settings", "Your password alone opens this account")
	w.look("settings-empty")
	w.press(`a[href="/settings/add/totp"]`)
	w.look("add-app")
	w.press(`main form button`)
	w.at("/settings/confirm/", "Scan this with your authenticator app")
	w.said("enroll", "The secret itself is in no event")
	w.look("confirm-app")
	w.scan()
	w.enter(w.app.Wrong(w.step))
	w.at("/settings/confirm/", "That code is wrong. You have 4 attempts left.")
	w.look("confirm-app-faulty")
	w.enter(spaced(w.app.Code(w.step)))
	w.at("/settings/recovery-codes", "Authenticator app is active")
	w.said("enroll", "Activated your authenticator app")
	w.look("recovery-codes")
	w.keepCodes()
	w.look("settings-app")
}

var spare = regexp.MustCompile(`\b[a-z2-7]{4}(-[a-z2-7]{4}){3}\b`)

// keepCodes notes the recovery codes that are shown after the first activation.
func (w *walker) keepCodes() {
	w.Helper()
	w.at("/settings/recovery-codes", "Your recovery codes")
	w.spares = spare.FindAllString(w.text(".codes"), -1)
	if len(w.spares) != 10 {
		w.Fatalf("%d recovery codes:\n%s", len(w.spares), w.text("main"))
	}
	w.press(`form[action$="/kept"] button`)
	w.at("/settings", "10 codes left")
}

// scan reads the QR code. A camera sees it sharper than a screenshot of a narrow page, where it is drawn a little smaller than it is.
func (w *walker) scan() {
	w.Helper()
	w.do(chromedp.EmulateViewport(1280, w.height))
	text, err := qr(w.seen(".qr img"))
	if err != nil {
		w.Fatalf("no QR code is to be read: %v", err)
	}
	w.do(chromedp.EmulateViewport(w.width, w.height))
	w.app = appOf(w.T, text)
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
func appOf(t *testing.T, uri string) stranger.App {
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
	w.fill("#code", code)
	w.press(`form:has(#code) button`)
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
	w.press(`form[action="/sign-out"] button`)
	w.at("/sign-in", "You have signed out")
	w.fill("#email", w.email)
	w.fill("#password", password)
	w.press(`main form button:not([type])`)
	w.at("/code")
}

func (w *walker) signInWithApp() {
	w.Helper()
	w.press(`form[action="/sign-out"] button`)
	w.look("sign-in")
	w.fill("#email", w.email)
	w.fill("#password", "not that one")
	w.press(`main form button:not([type])`)
	w.at("/sign-in", "Address or password is wrong")
	w.look("sign-in-faulty")
	w.fill("#password", password)
	w.press(`main form button:not([type])`)
	w.at("/code", "Enter the code from your app", "5 attempts left")
	w.look("code-app")
	w.enter("")
	w.at("/code", "Enter the code")
	w.enter(w.app.Wrong(w.step))
	w.at("/code", "That code is wrong. You have 4 attempts left.")
	w.said("verify", "Refused the code: it is wrong")
	w.look("code-app-wrong")
	code := w.next()
	w.enter(code)
	w.at("/home")
	w.said("verify", "Accepted the code")
	w.look("home-again")
	w.signIn()
	w.enter(code)
	w.at("/code", "That code was used already. Each code counts only once")
	w.said("verify", "Noticed that a code which opened one login was tried in another")
	w.look("code-app-used")
	w.press(`form[action="/code/cancel"] button`)
	w.at("/sign-in")
}

func (w *walker) addEmail() {
	w.Helper()
	w.fill("#email", w.email)
	w.fill("#password", password)
	w.press(`main form button:not([type])`)
	w.enter(w.fresh())
	w.at("/home")
	w.press(`nav a[href="/settings"]`)
	w.press(`a[href="/settings/add/email"]`)
	w.look("add-email")
	w.press(`main form button`)
	w.at("/settings/confirm/", "A code was sent to d")
	w.look("confirm-email")
	w.enter(w.mails.code(w.ctx))
	w.at("/settings", "Email is active")
	w.said("notifier", "Handed a mail over")
}

// fresh waits for a step whose code was not used, where two of them are used up.
func (w *walker) fresh() string {
	w.Helper()
	if now := w.app.Step(time.Now()); w.step >= now+1 {
		until := time.Unix((w.step)*int64(w.app.Period), 0)
		select {
		case <-time.After(time.Until(until)):
		case <-w.ctx.Done():
			w.Fatal(w.ctx.Err())
		}
	}
	return w.next()
}

func (w *walker) addText() {
	w.Helper()
	w.press(`a[href="/settings/add/sms"]`)
	w.fill("#phone", "123")
	w.press(`main form button`)
	w.at("/settings/add/sms", "Enter the number with + and the country code first")
	w.look("add-text-faulty")
	w.fill("#phone", strings.Join([]string{w.phone[:2], w.phone[2:5], w.phone[5:]}, " "))
	w.press(`main form button`)
	w.at("/code", "Enter the code from the mail") // the proof of signing in was spent on the mail
	w.look("step-up-email")
	w.enter(w.mails.code(w.ctx))
	w.at("/settings/confirm/", "A code was sent to •••• "+w.phone[len(w.phone)-4:])
	w.enter(w.texts.code(w.ctx))
	w.at("/settings", "Text message is active")
	w.look("settings-all")
}

func (w *walker) switchFactors() {
	w.Helper()
	w.press(`form[action="/settings/first"] button[value="totp"]`)
	w.at("/code", "to be asked for the authenticator app first", "Enter the code from the text")
	w.look("step-up-text")
	w.enter(w.texts.code(w.ctx))
	w.at("/settings", "From now on you are asked for this first: Authenticator app")
	w.look("settings-switched")
	w.signIn()
	w.at("/code", "Enter the code from your app")
	w.press(`button[value="email"]`)
	w.at("/code", "A new code is on its way to d", "Enter the code from the mail")
	w.said("Acme", "Asked to go on with another factor: email")
	w.look("code-switched")
	w.press(`button[value="totp"]`)
	w.at("/code", "Enter the code from your app", "A code can be sent in")
	w.enter(w.mails.code(w.ctx))
	w.at("/code", "That code is wrong")
	w.enter(w.fresh())
	w.at("/home")
}

func (w *walker) turnOff() {
	w.Helper()
	w.press(`nav a[href="/settings"]`)
	w.press(`a[href="/settings/off/sms"]`)
	w.look("turn-off")
	w.fill("#password", "not that one")
	w.press(`main form button:not([type])`)
	w.at("/settings/off/sms", "That is not your password")
	w.fill("#password", password)
	w.press(`main form button:not([type])`)
	w.at("/code", "to turn off text message codes", "Enter the code from your app")
	w.press(`button[value="sms"]`)
	w.at("/code", "Enter the code from the text")
	w.enter(w.texts.code(w.ctx))
	w.at("/settings", "Text message is turned off")
	w.said("enroll", "Removed text message")
	w.look("settings-turned-off")
	w.visit("/")
	w.at("/", "That was it")
	w.look("start-done")
}
