package browser

import (
	"fmt"
	"testing"

	"countersign/services/recovery/internal/web/webtest"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Whoever cannot use a mouse goes the whole way.
func TestTheWholeWayByKeyboard(t *testing.T) {
	t.Parallel()
	h := built(t, blue, steps...)
	b := h.open(t, 1280, 900, "en")
	b.visit(linkPath)
	b.tabTo(send)
	b.enters(atCase, "Get a code by text message")
	b.tabTo(send)
	b.enters(atCase, "5 attempts left")
	b.focused("#code")
	b.key("999999")
	b.enters(atCase, "4 attempts left")
	b.focused("#code") // what is wrong has the focus, and its description
	if described := js[string](b, "document.activeElement.getAttribute('aria-describedby').split(' ').map((id) => document.getElementById(id).innerText).join(' ')"); described == "" {
		t.Error("nothing describes what is wrong")
	}
	b.tabTo(`[role="alert"] a`)
	js[any](b, "document.activeElement.click()") // not by Enter, whose second half the tool sends to where the focus is then
	b.focused("#code")
	b.key("123456")
	b.enters(atCase, "Enter a recovery code")
	b.focused("#code")
	b.key(webtest.RecoveryCode)
	b.enters(atCase, "A check against robots")
	b.solved()
	b.tabTo(send)
	b.enters(atCase, "Waiting for an approval")
	h.Pass()
	b.tabTo(`main .button`)
	b.enters(atCase, "The waiting period runs")
	h.DoneAfter(0)
	h.Pass()
	b.tabTo(`main .button`)
	b.enters(atCase, "Two-step sign-in is turned off")
	b.tabTo(`main a[href="https://acme.example/account"]`)
}

// Without scripts everything works up to the CAPTCHA, which says that it needs them.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	h := built(t, blue, steps...)
	b := h.open(t, 390, 844, "en")
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.visit(linkPath)
	b.press(send)
	b.press(send)
	b.types("123456")
	b.types(webtest.RecoveryCode)
	b.at(atCase, "This one step needs JavaScript")
	b.shot++
	b.picture("captcha-without-scripts")
	h.Pass()
	b.visit(atCase)
	b.at(atCase, "Waiting for an approval")
}

// types needs no script either.
func (b *tab) types(code string) {
	b.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS("#code"), code))
	b.press(`form:has(#code) button`)
}

func (b *tab) key(keys string) {
	b.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// enters presses Enter and waits for the next page.
func (b *tab) enters(path string, words ...string) {
	b.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		b.Fatalf("enter on %s: %v", b.path(), err)
	}
	b.at(path, words...)
}

// focused ends the test unless the element gets the focus, which a page gives when it is drawn.
func (b *tab) focused(css string) {
	b.Helper()
	got := js[bool](b, fmt.Sprintf(`new Promise((done) => {
		const end = performance.now() + 10000;
		const look = () => document.activeElement?.matches(%q) ? done(true) : performance.now() > end ? done(false) : requestAnimationFrame(look);
		look();
	})`, css))
	if !got {
		b.Fatalf("on %s the focus is on %s, want it on %s", b.path(), b.focus(), css)
	}
}

func (b *tab) has(css string) bool {
	b.Helper()
	return js[bool](b, fmt.Sprintf("document.activeElement?.matches(%q) ?? false", css))
}

func (b *tab) focus() string {
	b.Helper()
	return js[string](b, "(document.activeElement?.outerHTML ?? 'nothing').slice(0, 120)")
}

// tabTo goes on with Tab until the element has the focus. Every stop on the way must be seen.
func (b *tab) tabTo(css string) {
	b.Helper()
	for range 30 {
		b.key(kb.Tab)
		if !js[bool](b, "!document.activeElement || document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle !== 'none' || !!document.activeElement.closest('altcha-widget')") {
			b.Fatalf("on %s the focus on %s is not to be seen", b.path(), b.focus())
		}
		if b.has(css) {
			return
		}
	}
	b.Fatalf("on %s %s is not to be reached by Tab", b.path(), css)
}
