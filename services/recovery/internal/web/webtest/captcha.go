package webtest

import (
	"context"
	"net/http"
	"net/url"

	"countersign/services/recovery/internal/captcha"
)

// Captcha is a provider whose widget is a box to tick.
type Captcha struct{}

// Widget is what a page shows of it.
func Widget() captcha.Page {
	return captcha.Page{
		Scripts: []captcha.Script{{URL: "/captcha/box.js"}},
		Styles:  []string{"/captcha/box.css"},
		Widget:  captcha.Element{Tag: "tick-box", Language: "lang", Attributes: []captcha.Attribute{{Name: "name", Value: Field}}},
		Sources: captcha.Sources{Script: []string{captcha.Self}, Worker: []string{captcha.Self}},
	}
}

// Name is box.
func (Captcha) Name() string { return "box" }

// Page is Widget for everybody.
func (Captcha) Page(context.Context, captcha.Binding) (captcha.Page, error) { return Widget(), nil }

// Verify is not asked: Cases judges the form.
func (Captcha) Verify(context.Context, captcha.Binding, url.Values, string) (captcha.Proof, error) {
	return captcha.Proof{}, captcha.ErrRefused
}

const script = `customElements.define('tick-box', class extends HTMLElement {
	connectedCallback() {
		this.innerHTML = '<label><input type="checkbox" id="box"> Tick</label><input type="hidden">';
		this.lastChild.name = this.getAttribute('name');
		this.querySelector('#box').onchange = (e) => { this.lastChild.value = e.target.checked ? 'solved' : ''; };
	}
});`

// Routes are its two files.
func (Captcha) Routes() map[string]http.Handler {
	return map[string]http.Handler{
		"/captcha/box.js":  file("text/javascript", script),
		"/captcha/box.css": file("text/css", "tick-box label { display: inline-flex; align-items: center; gap: 0.6rem; min-height: 44px; }\ntick-box [type=checkbox] { width: 24px; height: 24px; }\n"),
	}
}

func file(mediaType, content string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType+"; charset=utf-8")
		_, _ = w.Write([]byte(content))
	})
}
