package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
)

// joined is somebody who has signed up, and nothing else.
func joined(t *testing.T, width, height int64) *walker {
	t.Helper()
	w := walks(t, width, height)
	w.visit("/sign-up")
	w.fill("#email", w.email)
	w.fill("#password", password)
	w.press(`main form button:not([type])`)
	w.at("/home")
	return w
}

// It comes before the tests that run side by side: their messages would be among these.
func TestTheInbox(t *testing.T) {
	w := joined(t, 1280, 1500)
	w.visit("/settings/add/sms")
	w.fill("#phone", w.phone)
	w.press(`main form button`)
	w.texts.code(w.ctx)
	w.visit("/inbox")
	w.look("inbox-text")
	w.inOtherTab("/settings/add/email") // the mail comes by itself
	w.mails.code(w.ctx)
	w.arrives(`.mail[aria-labelledby] .digits`)
	w.look("inbox-mail")
	w.do(chromedp.Click(chromedp.CSS(`.mail label:has([value="text"])`)))
	if text := w.text(".mail .text"); !digits.MatchString(text) {
		t.Errorf("the mail as text: %q", text)
	}
	w.look("inbox-mail-as-text")
	w.do(chromedp.Click(chromedp.CSS(`.mail [data-copy]`)))
	w.arrives(`.mail [data-copy]`)
	w.press(`.home`)
	w.at("/", "See a second factor at work")
}

// inOtherTab sends the form of a page of the same person, which stays where it is.
func (w *walker) inOtherTab(path string) {
	w.Helper()
	js[any](w.tab, fmt.Sprintf(`fetch(%q, {method: 'POST', body: new URLSearchParams({email: %q})}).then((r) => r.status)`, path, w.email))
}

// arrives waits until an element is there.
func (w *walker) arrives(css string) {
	w.Helper()
	w.do(chromedp.WaitVisible(chromedp.CSS(css)))
}
