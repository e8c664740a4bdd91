package browser

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

// look holds the page to what every page must be, and keeps a picture of each scheme.
func (b *tab) look(name string) {
	b.Helper()
	b.shot++
	for _, scheme := range b.schemes {
		b.paint(scheme)
		for _, v := range b.violations() {
			b.Errorf("%s in %s: %s", name, scheme, v)
		}
		b.picture(name + "-" + scheme)
	}
	b.paint("light")
	b.fits(name)
	b.touchable(name)
}

// fits finds what would have to be scrolled sideways, at this width and at the least one of WCAG 1.4.10.
func (b *tab) fits(name string) {
	b.Helper()
	for _, width := range []int64{320, b.width} {
		b.do(chromedp.EmulateViewport(width, b.height))
		if wide := js[int64](b, "document.scrollingElement.scrollWidth"); wide > width {
			b.Errorf("%s is %d pixels wide at a width of %d", name, wide, width)
		}
	}
}

// touchable finds what a finger would miss. WCAG 2.5.8 asks for 24 pixels; buttons and fields have the 44 of phones' guidelines.
func (b *tab) touchable(name string) {
	b.Helper()
	small := js[[]string](b, `[...document.querySelectorAll('button, .button, input:not([type=hidden]):not(altcha-widget *)')]
		.filter((e) => e.getBoundingClientRect().height < 44).map((e) => e.outerHTML.slice(0, 80))`)
	for _, e := range small {
		b.Errorf("%s has a small target: %s", name, e)
	}
}

type violation struct {
	ID    string `json:"id"`
	Help  string `json:"help"`
	Nodes []struct {
		HTML    string `json:"html"`
		Summary string `json:"failureSummary"`
	} `json:"nodes"`
}

func (v violation) String() string {
	var lines []string
	for _, n := range v.Nodes {
		lines = append(lines, n.HTML+"\n"+n.Summary)
	}
	return fmt.Sprintf("%s (%s)\n%s", v.ID, v.Help, strings.Join(lines, "\n"))
}

// violations runs axe-core over the page. It is a tool of the test: the page's own policy would not load it.
func (b *tab) violations() []violation {
	b.Helper()
	if !js[bool](b, "typeof axe === 'object'") {
		js[any](b, axe+";null")
	}
	return js[[]violation](b, `axe.run(document, {
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
		resultTypes: ['violations'],
	}).then((r) => r.violations.map((v) => ({id: v.id, help: v.help, nodes: v.nodes.map((n) => ({html: n.html, failureSummary: n.failureSummary}))})))`)
}
