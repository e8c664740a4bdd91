// Package recaptcha has captchas made and judged by Google's reCAPTCHA: v2, a box to tick, and v3, a score.
//
// An answer is not bound to a claim, because the widgets take nothing about a person that their verdict gives back: Google spends it when
// it is judged, so that it counts for one claim at most. A key of v2 and one of v3 are not taken for each other: a score that nobody
// looks at would let everybody through.
package recaptcha

import (
	"errors"

	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/siteverify"
)

// NameV2 and NameV3 are the providers'.
const (
	NameV2 = "recaptcha_v2"
	NameV3 = "recaptcha_v3"
)

const (
	endpoint = "https://www.google.com/recaptcha/api/siteverify"
	script   = "https://www.google.com/recaptcha/api.js"
	field    = "g-recaptcha-response"
)

var sources = captcha.Sources{
	Script: []string{"https://www.google.com/recaptcha/", "https://www.gstatic.com/recaptcha/"},
	Frame:  []string{"https://www.google.com/recaptcha/", "https://recaptcha.google.com/recaptcha/"},
}

// NewV2 checks the config, with all faults at once.
func NewV2(c siteverify.Config) (*siteverify.Provider, error) {
	return siteverify.New(siteverify.Service{
		Name: NameV2, Endpoint: endpoint, Field: field,
		Page: func(captcha.Binding) captcha.Page { return pageV2(c.SiteKey) },
		Judge: func(_ captcha.Binding, v siteverify.Verdict) error {
			if v.Score != nil {
				return errors.New("a verdict with a score: the key is one of v3")
			}
			return nil
		},
	}, c)
}

// The widget finds its language by itself: it takes one in its script's address alone.
func pageV2(siteKey string) captcha.Page {
	return captcha.Page{
		Scripts: []captcha.Script{{URL: script}},
		Widget: captcha.Element{Tag: "div", Attributes: []captcha.Attribute{
			{Name: "class", Value: "g-recaptcha"},
			{Name: "data-sitekey", Value: siteKey},
		}},
		Sources: sources,
	}
}
