package browser

import (
	"fmt"
	"testing"

	"countersign/tools/browsertest"
	"github.com/chromedp/chromedp"
)

// joined is somebody who has signed up, and nothing else.
func joined(t *testing.T, width, height int64) *walker {
	t.Helper()
	w := walks(t, width, height)
	w.Visit("/sign-up")
	w.Fill("#email", w.email)
	w.Fill("#password", password)
	w.Press(`main form button:not([type])`)
	w.Under("/home")
	return w
}

// It comes before the tests that run side by side: their messages would be among these.
func TestTheInbox(t *testing.T) {
	w := joined(t, 1280, 1500)
	w.Visit("/settings/add/sms")
	w.Fill("#phone", w.phone)
	w.Press(`main form button`)
	w.texts.code(w.Context())
	w.Visit("/inbox")
	w.Look("inbox-text")
	w.inOtherTab("/settings/add/email") // the mail comes by itself
	w.mails.code(w.Context())
	w.arrives(`.mail[aria-labelledby] .digits`)
	w.Look("inbox-mail")
	w.Do(chromedp.Click(chromedp.CSS(`.mail label:has([value="text"])`)))
	if text := w.Text(".mail .text"); !digits.MatchString(text) {
		t.Errorf("the mail as text: %q", text)
	}
	w.Look("inbox-mail-as-text")
	w.Do(chromedp.Click(chromedp.CSS(`.mail [data-copy]`)))
	w.arrives(`.mail [data-copy]`)
	w.Press(`.home`)
	w.Under("/", "See a second factor at work")
}

// inOtherTab sends the form of a page of the same person, which stays where it is.
func (w *walker) inOtherTab(path string) {
	w.Helper()
	browsertest.JS[any](w.Tab, fmt.Sprintf(`fetch(%q, {method: 'POST', body: new URLSearchParams({email: %q})}).then((r) => r.status)`, path, w.email))
}

// arrives waits until an element is there.
func (w *walker) arrives(css string) {
	w.Helper()
	w.Do(chromedp.WaitVisible(chromedp.CSS(css)))
}
