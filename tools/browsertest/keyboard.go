package browsertest

import (
	"fmt"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Key types where the focus is.
func (b *Tab) Key(keys string) {
	b.Helper()
	b.Do(chromedp.KeyEvent(keys))
}

// Enter presses Enter, which leads to another page, and waits for that.
func (b *Tab) Enter() {
	b.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		b.Fatalf("enter on %s: %v", b.Path(), err)
	}
}

// Focused ends the test unless the element gets the focus, which a page gives when it is drawn.
func (b *Tab) Focused(css string) {
	b.Helper()
	got := JS[bool](b, fmt.Sprintf(`new Promise((done) => {
		const end = performance.now() + 10000;
		const look = () => document.activeElement?.matches(%q) ? done(true) : performance.now() > end ? done(false) : requestAnimationFrame(look);
		look();
	})`, css))
	if !got {
		b.Fatalf("on %s the focus is on %s, want it on %s", b.Path(), b.Focus(), css)
	}
}

// Has says whether the element has the focus now.
func (b *Tab) Has(css string) bool {
	b.Helper()
	return JS[bool](b, fmt.Sprintf("document.activeElement?.matches(%q) ?? false", css))
}

// Focus is the beginning of the element that has the focus.
func (b *Tab) Focus() string {
	b.Helper()
	return JS[string](b, "(document.activeElement?.outerHTML ?? 'nothing').slice(0, 120)")
}
