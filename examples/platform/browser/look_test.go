package browser

import (
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

// look holds the page to what every page must be, in light and in dark, and keeps a picture of both.
func (b *tab) look(name string) {
	b.Helper()
	b.shot++
	for _, dark := range []bool{false, true} {
		b.dark(dark)
		scheme := map[bool]string{false: "light", true: "dark"}[dark]
		for _, v := range b.violations() {
			b.Errorf("%s in %s: %s", name, scheme, v)
		}
		b.picture(name + "-" + scheme)
	}
	b.dark(false)
	b.fits(name)
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
		iframes: false, // a mail's frame has an origin of its own, which axe cannot speak to
	}).then((r) => r.violations.map((v) => ({id: v.id, help: v.help, nodes: v.nodes.map((n) => ({html: n.html, failureSummary: n.failureSummary}))})))`)
}
