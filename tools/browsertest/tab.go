package browsertest

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// A Window is what a tab is opened with.
type Window struct {
	Site          string   // whose pages are visited: a URL without the slash at its end
	Width, Height int64    // CSS pixels; a desk's 1280 and 900 where one is 0
	Language      string   // as the browser asks for it in Accept-Language; empty leaves Chromium's own
	Schemes       []string // "light", "dark": what a page is looked at in; nil means both
}

// A Tab is one person's browser, and the test that it is opened for: what goes wrong in it fails the test.
type Tab struct {
	testing.TB
	Window
	ctx    context.Context
	axe    func() (string, error)
	folder string // of the pictures
	shot   int
}

// Open opens a tab, which is closed at the end of the test.
func (c *Chromium) Open(t testing.TB, w Window) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	ctx, stop := context.WithTimeout(ctx, c.config.Patience)
	t.Cleanup(stop)
	b := &Tab{TB: t, Window: w.whole(), ctx: ctx, axe: c.axe, folder: pictures(t)}
	b.Do(chromedp.EmulateViewport(b.Width, b.Height))
	if b.Language != "" {
		Call(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": b.Language}})
	}
	b.paint("light")
	b.listen(cancel)
	return b
}

func (w Window) whole() Window {
	if w.Width == 0 || w.Height == 0 {
		w.Width, w.Height = 1280, 900
	}
	if w.Schemes == nil {
		w.Schemes = []string{"light", "dark"}
	}
	return w
}

// Context is the tab for chromedp's own functions. It ends with the tab's patience, and with the test.
func (b *Tab) Context() context.Context { return b.ctx }

// Do does the steps one after the other.
func (b *Tab) Do(steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// Call sends a command of the DevTools protocol, and leaves its answer.
func Call[P, R any](b *Tab, c cdp.Command[P, R], params P) {
	b.Helper()
	b.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	}))
}

// JS is the value of an expression in the page, or that of its promise.
func JS[T any](b *Tab, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("evaluate %.80s: %v", expression, err)
	}
	return v
}

// Visit goes to a page of the window's site.
func (b *Tab) Visit(path string) {
	b.Helper()
	b.Do(chromedp.Navigate(b.Site + path))
}

// Press clicks what leads to another page, and waits for that.
func (b *Tab) Press(css string) {
	b.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(css), chromedp.NodeVisible)); err != nil {
		b.Fatalf("press %s on %s: %v\n%s", css, b.Path(), err, b.Text("main"))
	}
}

// Fill types into a field, over what stands there.
func (b *Tab) Fill(css, text string) {
	b.Helper()
	JS[any](b, fmt.Sprintf("document.querySelector(%q).select()", css))
	b.Do(chromedp.SendKeys(chromedp.CSS(css), kb.Delete+text))
}

// Path is that of the page's address.
func (b *Tab) Path() string { b.Helper(); return JS[string](b, "location.pathname") }

// Text is what a reader sees of an element; of none, nothing.
func (b *Tab) Text(css string) string {
	b.Helper()
	return JS[string](b, fmt.Sprintf("(document.querySelector(%q) || {innerText: ''}).innerText", css))
}

// At ends the test unless the page is the one, and its main part says all of the words.
func (b *Tab) At(path string, words ...string) {
	b.Helper()
	b.says(b.Path() == path, path, words)
}

// Under is At for a page whose path begins so.
func (b *Tab) Under(prefix string, words ...string) {
	b.Helper()
	b.says(strings.HasPrefix(b.Path(), prefix), prefix, words)
}

func (b *Tab) says(there bool, path string, words []string) {
	b.Helper()
	text := b.Text("main")
	if !there {
		b.Fatalf("at %s, want %s:\n%s", b.Path(), path, text)
	}
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.Fatalf("%s does not say %q:\n%s", path, w, text)
		}
	}
}

// paint sets the scheme that pages are shown in. Nothing moves: a picture is the same each time.
func (b *Tab) paint(scheme string) {
	b.Helper()
	Call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}
