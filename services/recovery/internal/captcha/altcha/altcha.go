// Package altcha is the captcha that we make and judge ourselves: a proof of work by the widget of ALTCHA (altcha.org, MIT), served by
// our own pages. It asks nobody, tells nobody, and shows nothing to read or to hear.
//
// A challenge names a key by its first half. The widget counts until it has derived that key, our side has chosen the counter and so
// derives once. The challenge is signed and holds its end and the digest of the claim that it is for; the derived key is known by a
// signature as well, so that judging an answer derives nothing and needs no memory.
//
// Single use needs one: Verify takes an answer as often as it comes until the challenge ends, with the same Proof each time. Who takes
// a proof refuses its ID the second time; the case of a recovery does.
//
// Secrets are shared by all replicas and are others every hour (keyring.Rings.Shared): a challenge says when it ends, and so under which
// hour's secret it was made.
package altcha

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"countersign/services/recovery/internal/captcha"
)

// Name is the provider's.
const Name = "altcha"

// Field of the form holds the answer.
const Field = "altcha"

// Life bounds how long a challenge may be answered: as long as a case of the default policy lives.
const Life = 30 * time.Minute

// DefaultWork keeps a slow phone busy for some seconds, and an attacker's core for about one per answer.
const DefaultWork = 1500

// Config is what New needs.
type Config struct {
	Shared func(use string, period int64) []byte // secrets that all replicas have alike: keyring.Rings.Shared
	Now    func() time.Time                      // nil: time.Now
	Work   int                                   // derivations that a browser needs at most; at least a third of them; 0: DefaultWork
}

// A Provider is a captcha.Provider. New makes one.
type Provider struct {
	signer signer
	now    func() time.Time
	work   int
	routes map[string]http.Handler
}

// New returns the provider.
func New(c Config) *Provider {
	p := &Provider{signer: signer{c.Shared}, now: c.Now, work: c.Work, routes: routes()}
	if p.now == nil {
		p.now = time.Now
	}
	if p.work == 0 {
		p.work = DefaultWork
	}
	return p
}

// Name implements captcha.Provider.
func (*Provider) Name() string { return Name }

// Routes implements captcha.Provider.
func (p *Provider) Routes() map[string]http.Handler { return p.routes }

// settings keep the widget from what nobody asked for: a link out of the page, and a look at how the mouse moves.
const settings = `{"hideFooter":true,"hideLogo":true,"humanInteractionSignature":false}`

// Page implements captcha.Provider. The challenge is part of the page, each time another one; the widget begins by itself.
func (p *Provider) Page(_ context.Context, b captcha.Binding) (captcha.Page, error) {
	made, err := p.challenge(b)
	if err != nil {
		return captcha.Page{}, fmt.Errorf("make challenge: %w", err)
	}
	text, err := json.Marshal(made)
	if err != nil {
		return captcha.Page{}, fmt.Errorf("encode challenge: %w", err)
	}
	self := []string{captcha.Self}
	return captcha.Page{
		Scripts: scripts,
		Styles:  []string{prefix + "altcha.css"},
		Widget: captcha.Element{Tag: "altcha-widget", Language: "language", Attributes: []captcha.Attribute{
			{Name: "name", Value: Field},
			{Name: "auto", Value: "onload"},
			{Name: "configuration", Value: settings},
			{Name: "challenge", Value: string(text)},
		}},
		Sources: captcha.Sources{Script: self, Style: self, Worker: self},
	}, nil
}
