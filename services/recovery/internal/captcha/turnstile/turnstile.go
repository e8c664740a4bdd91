// Package turnstile has captchas made and judged by Cloudflare's Turnstile.
//
// An answer is bound: the widget is given the claim's digest (cdata) and an action, and the verdict must give both back. A verdict that
// was lost on its way may be asked for again: the same answer for the same claim has the same idempotency key.
package turnstile

import (
	"crypto/sha256"
	"fmt"
	"net/url"

	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/captcha/siteverify"
)

// Name is the provider's.
const Name = "turnstile"

// Action is what the widget says that it is for.
const Action = "recovery"

const origin = "https://challenges.cloudflare.com"

// New checks the config, with all faults at once.
func New(c siteverify.Config) (*siteverify.Provider, error) {
	return siteverify.New(siteverify.Service{
		Name:     Name,
		Endpoint: origin + "/turnstile/v0/siteverify",
		Field:    "cf-turnstile-response",
		Page:     func(b captcha.Binding) captcha.Page { return page(c.SiteKey, b) },
		Ask: func(b captcha.Binding, token string) url.Values {
			return url.Values{"idempotency_key": {idempotencyKey(b, token)}}
		},
		Judge: judge,
	}, c)
}

func page(siteKey string, b captcha.Binding) captcha.Page {
	return captcha.Page{
		Scripts: []captcha.Script{{URL: origin + "/turnstile/v0/api.js"}},
		Widget: captcha.Element{Tag: "div", Language: "data-language", Attributes: []captcha.Attribute{
			{Name: "class", Value: "cf-turnstile"},
			{Name: "data-sitekey", Value: siteKey},
			{Name: "data-action", Value: Action},
			{Name: "data-cdata", Value: b.Digest()},
			{Name: "data-size", Value: "flexible"},
		}},
		Sources: captcha.Sources{Script: []string{origin}, Frame: []string{origin}},
	}
}

func judge(b captcha.Binding, v siteverify.Verdict) error {
	switch {
	case v.Action != Action:
		return fmt.Errorf("%w: of another action", captcha.ErrRefused)
	case v.CData != b.Digest():
		return fmt.Errorf("%w: of another claim", captcha.ErrRefused)
	}
	return nil
}

// idempotencyKey is a UUID of version 8 (RFC 9562), which is what one likes.
func idempotencyKey(b captcha.Binding, token string) string {
	u := sha256.Sum256([]byte(b.Digest() + "/" + token))
	u[6], u[8] = u[6]&0x0f|0x80, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[0:4], u[4:6], u[6:8], u[8:10], u[10:16])
}
