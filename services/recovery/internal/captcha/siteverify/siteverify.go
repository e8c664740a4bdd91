// Package siteverify is the protocol that remote providers share: the page's widget puts an answer into the form, and a POST of that
// answer and a secret to the provider says whether it counts. A provider is a Service, which says how it differs from the others.
//
// A verdict counts only if it is whole: status 200, JSON within 64 KiB, success, the hostname of our pages, and whatever else the
// service demands. All else is refused or an error. Nobody is asked twice.
package siteverify

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"countersign/services/recovery/internal/captcha"
)

// DefaultTimeout bounds one verdict from dialling to its last byte.
const DefaultTimeout = 3 * time.Second

const maxToken = 16 << 10 // bytes; the longest known are some 6 KiB

// A Service is how one provider differs from the others.
type Service struct {
	Name     string // as captcha.Provider names it
	Endpoint string // where verdicts are given
	Field    string // of the form, which holds the answer
	Page     func(captcha.Binding) captcha.Page
	Files    map[string]http.Handler // what the page needs from us; may be nil

	Ask   func(b captcha.Binding, token string) url.Values // what is told beside secret, answer and address; may be nil
	Judge func(captcha.Binding, Verdict) error             // what a good verdict must say beside the hostname; may be nil
}

// A Provider is a captcha.Provider over a Service.
type Provider struct {
	service Service
	config  Config
	client  *http.Client
}

// New checks the config, with all faults at once. It does not connect.
func New(s Service, c Config) (*Provider, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if c.Endpoint != "" {
		s.Endpoint = c.Endpoint
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // a redirect would take the secret along
	return &Provider{s, c, &http.Client{CheckRedirect: stay}}, nil
}

// Name implements captcha.Provider.
func (p *Provider) Name() string { return p.service.Name }

// Page implements captcha.Provider.
func (p *Provider) Page(_ context.Context, b captcha.Binding) (captcha.Page, error) {
	return p.service.Page(b), nil
}

// Routes implements captcha.Provider.
func (p *Provider) Routes() map[string]http.Handler { return p.service.Files }

// Verify implements captcha.Provider.
func (p *Provider) Verify(ctx context.Context, b captcha.Binding, form url.Values, ip string) (captcha.Proof, error) {
	token, err := p.token(form)
	if err != nil {
		return captcha.Proof{}, err
	}
	verdict, err := p.ask(ctx, p.question(b, token, ip))
	if err == nil {
		err = p.judge(b, verdict)
	}
	if err != nil {
		return captcha.Proof{}, fmt.Errorf("ask %s: %w", p.service.Name, err)
	}
	return captcha.Proof{ID: proofID(p.service.Name, token)}, nil
}

// token is the answer of a form. A field that comes twice is no answer: it would be open which of them was judged.
func (p *Provider) token(form url.Values) (string, error) {
	values := form[p.service.Field]
	switch {
	case len(values) != 1 || strings.TrimSpace(values[0]) == "":
		return "", fmt.Errorf("read form: %w: no answer", captcha.ErrRefused)
	case len(values[0]) > maxToken:
		return "", fmt.Errorf("read form: %w: an answer of %d bytes", captcha.ErrRefused, len(values[0]))
	}
	return values[0], nil
}

func (p *Provider) question(b captcha.Binding, token, ip string) url.Values {
	q := url.Values{}
	if p.service.Ask != nil {
		q = p.service.Ask(b, token)
	}
	q.Set("secret", p.config.Secret.Reveal())
	q.Set("response", token)
	if ip != "" {
		q.Set("remoteip", ip)
	}
	return q
}

func proofID(name, token string) string {
	sum := sha256.Sum256([]byte(name + "/" + token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
