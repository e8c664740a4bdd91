// Package hcaptcha has captchas made and judged by hCaptcha.
//
// An answer is not bound to a claim, because the widget takes nothing that its verdict gives back: hCaptcha spends it when it is judged,
// so that it counts for one claim at most.
package hcaptcha

import (
	"net/url"

	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/siteverify"
)

// Name is the provider's.
const Name = "hcaptcha"

// New checks the config, with all faults at once.
func New(c siteverify.Config) (*siteverify.Provider, error) {
	return siteverify.New(siteverify.Service{
		Name:     Name,
		Endpoint: "https://api.hcaptcha.com/siteverify",
		Field:    "h-captcha-response",
		Page:     func(captcha.Binding) captcha.Page { return page(c.SiteKey) },
		Ask: func(captcha.Binding, string) url.Values { // so that another site key of the account does not count
			return url.Values{"sitekey": {c.SiteKey}}
		},
	}, c)
}

// The widget finds its language by itself: it takes one in its script's address alone.
func page(siteKey string) captcha.Page {
	sources := []string{"https://hcaptcha.com", "https://*.hcaptcha.com"}
	return captcha.Page{
		Scripts: []captcha.Script{{URL: "https://js.hcaptcha.com/1/api.js?recaptchacompat=off"}},
		Widget: captcha.Element{Tag: "div", Attributes: []captcha.Attribute{
			{Name: "class", Value: "h-captcha"},
			{Name: "data-sitekey", Value: siteKey},
		}},
		Sources: captcha.Sources{Script: sources, Style: sources, Frame: sources, Connect: sources},
	}
}
