package browser

import (
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

func TestTheInbox(t *testing.T) {
	t.Parallel()
	w := joined(t, 1280, 1300)
	w.visit("/settings/add/email")
	w.press(`main form button`)
	w.mails.code(w.ctx)
	w.visit("/settings/add/sms")
	w.fill("#phone", w.phone)
	w.press(`main form button`)
	w.texts.code(w.ctx)
	w.visit("/inbox")
	w.look("inbox")
	w.do(chromedp.Click(chromedp.CSS(`.mail input[value="text"]`)))
	w.look("inbox-text")
}
