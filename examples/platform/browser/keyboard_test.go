package browser

import (
	"testing"

	"countersign/tools/browsertest"
	"github.com/chromedp/chromedp/kb"
)

// Whoever cannot use a mouse signs up, adds a factor and signs in with it.
func TestTheWholeWayByKeyboard(t *testing.T) {
	t.Parallel()
	w := walks(t, 1280, 900)
	w.Visit("/")
	w.Key(kb.Tab)
	w.Focused(".skip")
	w.Key(kb.Enter)
	w.Focused("main")
	w.tabTo(`.step.now a`)
	w.enters("/sign-up")
	w.tabTo("#email")
	w.Key(w.email)
	w.Key(kb.Tab)
	w.Focused("#password")
	w.Key(password)
	w.enters("/home")
	w.tabTo(`main a[href="/settings"]`)
	w.enters("/settings")
	w.tabTo(`a[href="/settings/add/email"]`)
	w.enters("/settings/add/email")
	w.tabTo(`main button`)
	w.enters("/settings/confirm/")
	w.Focused("#code")
	w.tabTo(`button[data-after]`) // too early: within reach, and told why
	w.Key(kb.Enter)
	w.Under("/settings/confirm/", "Another code can be sent")
	w.tabTo("#code")
	w.Key(w.mails.code(w.Context()))
	w.enters("/settings")
	w.Focused(".notice")
	w.tabTo(`form[action="/sign-out"] button`)
	w.enters("/sign-in")
	w.tabTo("#email")
	w.Key(w.email)
	w.tabTo("#password")
	w.Key("not that one")
	w.enters("/sign-in")
	w.Focused("#password") // what is wrong has the focus, and its description
	w.Key(password)
	w.enters("/code")
	w.Focused("#code")
	w.Key(w.mails.code(w.Context()))
	w.enters("/home")
	w.Under("/home", "Signed in as "+w.email)
	w.tabTo("#panel summary")
	w.Key(kb.Enter)
	w.Look("panel-open")
	if text := w.Text("#panel pre"); text == "" {
		t.Error("the JSON of an event is out of reach")
	}
}

// enters presses Enter and waits for the next page.
func (w *walker) enters(path string) {
	w.Helper()
	w.Enter()
	w.Under(path)
}

// tabTo goes on with Tab until the element has the focus. Every stop on the way must be seen.
func (w *walker) tabTo(css string) {
	w.Helper()
	for range 60 {
		w.Key(kb.Tab)
		if !browsertest.JS[bool](w.Tab, "document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle !== 'none'") {
			w.Fatalf("on %s the focus on %s is not to be seen", w.Path(), w.Focus())
		}
		if w.Has(css) {
			return
		}
	}
	w.Fatalf("on %s %s is not to be reached by Tab", w.Path(), css)
}
