package captcha

import (
	"html/template"
	"slices"
	"strings"
)

// A Page is what a page must hold so that a person can answer. Its URLs are absolute, or paths of the provider's Routes: At puts
// those where the routes are served.
type Page struct {
	Scripts []Script // for the head, in this order
	Styles  []string // URLs of style sheets, for the head
	Widget  Element  // for the form whose fields Verify gets
	Sources Sources  // what the page's Content-Security-Policy must allow, beside what the page itself needs
}

// A Script is one script element.
type Script struct {
	URL    string
	Module bool // type="module"; others are deferred
}

// Sources are source expressions of a Content-Security-Policy, by directive. A page that embeds others must not ask for
// Cross-Origin-Embedder-Policy: the remote widgets do not take part in it.
type Sources struct{ Script, Style, Frame, Connect, Worker, Image []string }

// Self is the source expression of the pages' own origin.
const Self = "'self'"

// At returns the page with its own files below base: a path without a slash at its end; empty is the root.
func (p Page) At(base string) Page {
	p.Scripts, p.Styles = slices.Clone(p.Scripts), slices.Clone(p.Styles)
	for i := range p.Scripts {
		p.Scripts[i].URL = at(base, p.Scripts[i].URL)
	}
	for i := range p.Styles {
		p.Styles[i] = at(base, p.Styles[i])
	}
	return p
}

func at(base, url string) string {
	if strings.HasPrefix(url, "/") {
		return base + url
	}
	return url
}

// An Element is the one HTML element of a widget, without content.
type Element struct {
	Tag        string      // of our own code, never of input
	Attributes []Attribute // names likewise; values may be anything
	Language   string      // the attribute that takes a language; empty: the widget finds it by itself
}

// An Attribute is one of an element.
type Attribute struct{ Name, Value string }

// HTML writes the element for readers of a language, for instance "cs".
func (e Element) HTML(language string) template.HTML {
	var text strings.Builder
	text.WriteString("<" + e.Tag)
	attributes := e.Attributes
	if e.Language != "" && language != "" {
		attributes = append(slices.Clip(attributes), Attribute{e.Language, language})
	}
	for _, a := range attributes {
		text.WriteString(" " + a.Name + `="` + template.HTMLEscapeString(a.Value) + `"`)
	}
	text.WriteString("></" + e.Tag + ">")
	return template.HTML(text.String())
}
