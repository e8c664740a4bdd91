package browser

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Whoever cannot use a mouse signs up, adds a factor and signs in with it.
func TestTheWholeWayByKeyboard(t *testing.T) {
	t.Parallel()
	w := walks(t, 1280, 900)
	w.visit("/")
	w.key(kb.Tab)
	w.focused(".skip")
	w.key(kb.Enter)
	w.focused("main")
	w.tabTo(`.step.now a`)
	w.enters("/sign-up")
	w.tabTo("#email")
	w.key(w.email)
	w.key(kb.Tab)
	w.focused("#password")
	w.key(password)
	w.enters("/home")
	w.tabTo(`main a[href="/settings"]`)
	w.enters("/settings")
	w.tabTo(`a[href="/settings/add/email"]`)
	w.enters("/settings/add/email")
	w.tabTo(`main button`)
	w.enters("/settings/confirm/")
	w.focused("#code")
	w.tabTo(`button[data-after]`) // too early: within reach, and told why
	w.key(kb.Enter)
	w.at("/settings/confirm/", "Another code can be sent")
	w.tabTo("#code")
	w.key(w.mails.code(w.ctx))
	w.enters("/settings")
	w.focused(".notice")
	w.tabTo(`form[action="/sign-out"] button`)
	w.enters("/sign-in")
	w.tabTo("#email")
	w.key(w.email)
	w.tabTo("#password")
	w.key("not that one")
	w.enters("/sign-in")
	w.focused("#password") // what is wrong has the focus, and its description
	w.key(password)
	w.enters("/code")
	w.focused("#code")
	w.key(w.mails.code(w.ctx))
	w.enters("/home")
	w.at("/home", "Signed in as "+w.email)
	w.tabTo("#panel summary")
	w.key(kb.Enter)
	w.look("panel-open")
	if text := w.text("#panel pre"); text == "" {
		t.Error("the JSON of an event is out of reach")
	}
}

func (w *walker) key(keys string) {
	w.Helper()
	w.do(chromedp.KeyEvent(keys))
}

// enters presses Enter and waits for the next page.
func (w *walker) enters(path string) {
	w.Helper()
	if _, err := chromedp.RunResponse(w.ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		w.Fatalf("enter on %s: %v", w.path(), err)
	}
	w.at(path)
}

// focused ends the test unless the element has the focus, and shows it.
func (w *walker) focused(css string) {
	w.Helper()
	if !w.has(css) {
		w.Fatalf("on %s the focus is on %s, want it on %s", w.path(), w.focus(), css)
	}
}

func (w *walker) has(css string) bool {
	w.Helper()
	return js[bool](w.tab, fmt.Sprintf("document.activeElement.matches(%q)", css))
}

func (w *walker) focus() string {
	w.Helper()
	return js[string](w.tab, "document.activeElement.outerHTML.slice(0, 120)")
}

// tabTo goes on with Tab until the element has the focus. Every stop on the way must be seen.
func (w *walker) tabTo(css string) {
	w.Helper()
	for range 60 {
		w.key(kb.Tab)
		if !js[bool](w.tab, "document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle !== 'none'") {
			w.Fatalf("on %s the focus on %s is not to be seen", w.path(), w.focus())
		}
		if w.has(css) {
			return
		}
	}
	w.Fatalf("on %s %s is not to be reached by Tab", w.path(), css)
}
