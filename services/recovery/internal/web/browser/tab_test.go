package browser

import (
	"testing"

	"countersign/tools/browsertest"
)

// A tab is one person's browser, at a house.
type tab struct {
	*browsertest.Tab
	*house
}

func (h *house) open(t *testing.T, width, height int64, language string) *tab {
	t.Helper()
	return &tab{house: h, Tab: chromium.Open(t, browsertest.Window{Site: h.url, Width: width, Height: height, Language: language})}
}

// look holds the page to what every page must be.
func (b *tab) look(name string) {
	b.Helper()
	b.Look(name)
	b.touchable(name)
}

// touchable finds what a finger would miss. WCAG 2.5.8 asks for 24 pixels; buttons and fields have the 44 of phones' guidelines.
func (b *tab) touchable(name string) {
	b.Helper()
	small := browsertest.JS[[]string](b.Tab, `[...document.querySelectorAll('button, .button, input:not([type=hidden]):not(altcha-widget *)')]
		.filter((e) => e.getBoundingClientRect().height < 44).map((e) => e.outerHTML.slice(0, 80))`)
	for _, e := range small {
		b.Errorf("%s has a small target: %s", name, e)
	}
}
