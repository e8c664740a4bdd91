package browser

import (
	"testing"

	"countersign/services/recovery/internal/web/webtest"
	"countersign/tools/browsertest"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Whoever cannot use a mouse goes the whole way.
func TestTheWholeWayByKeyboard(t *testing.T) {
	t.Parallel()
	h := built(t, blue, steps...)
	b := h.open(t, 1280, 900, "en")
	b.Visit(linkPath)
	b.tabTo(send)
	b.enters(atCase, "Get a code by text message")
	b.tabTo(send)
	b.enters(atCase, "5 attempts left")
	b.Focused("#code")
	b.Key("999999")
	b.enters(atCase, "4 attempts left")
	b.Focused("#code") // what is wrong has the focus, and its description
	if described := browsertest.JS[string](b.Tab, "document.activeElement.getAttribute('aria-describedby').split(' ').map((id) => document.getElementById(id).innerText).join(' ')"); described == "" {
		t.Error("nothing describes what is wrong")
	}
	b.tabTo(`[role="alert"] a`)
	browsertest.JS[any](b.Tab, "document.activeElement.click()") // not by Enter, whose second half the tool sends to where the focus is then
	b.Focused("#code")
	b.Key("123456")
	b.enters(atCase, "Enter a recovery code")
	b.Focused("#code")
	b.Key(webtest.RecoveryCode)
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
	browsertest.Call(b.Tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.Visit(linkPath)
	b.Press(send)
	b.Press(send)
	b.types("123456")
	b.types(webtest.RecoveryCode)
	b.At(atCase, "This one step needs JavaScript")
	b.Picture("captcha-without-scripts")
	h.Pass()
	b.Visit(atCase)
	b.At(atCase, "Waiting for an approval")
}

// types needs no script either.
func (b *tab) types(code string) {
	b.Helper()
	b.Do(chromedp.SendKeys(chromedp.CSS("#code"), code))
	b.Press(`form:has(#code) button`)
}

// enters presses Enter and waits for the next page.
func (b *tab) enters(path string, words ...string) {
	b.Helper()
	b.Enter()
	b.At(path, words...)
}

// tabTo goes on with Tab until the element has the focus. Every stop on the way must be seen.
func (b *tab) tabTo(css string) {
	b.Helper()
	for range 30 {
		b.Key(kb.Tab)
		if !browsertest.JS[bool](b.Tab, "!document.activeElement || document.activeElement === document.body || getComputedStyle(document.activeElement).outlineStyle !== 'none' || !!document.activeElement.closest('altcha-widget')") {
			b.Fatalf("on %s the focus on %s is not to be seen", b.Path(), b.Focus())
		}
		if b.Has(css) {
			return
		}
	}
	b.Fatalf("on %s %s is not to be reached by Tab", b.Path(), css)
}
