// Package fake is a captcha.Provider in memory, for tests of what stands on the seam. It passes captchatest like the real ones.
package fake

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"countersign/services/recovery/internal/captcha"
)

// Field is the form's, which holds the answer.
const Field = "fake-captcha"

const script = "/captcha/fake.js"

// ErrDown is the doubt that Fail causes.
var ErrDown = errors.New("provider is down")

// A Provider takes what Answer gives. New makes one.
type Provider struct {
	mu      sync.Mutex
	answers int
	failing int
}

// New returns a provider that works.
func New() *Provider { return &Provider{} }

// Answer is what the form of a solved captcha brings, another one with each call.
func (p *Provider) Answer(b captcha.Binding) url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answers++
	return url.Values{Field: {fmt.Sprintf("solved.%d.%s", p.answers, b.Digest())}}
}

// Fail makes the next n judgements doubts.
func (p *Provider) Fail(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failing += n
}

// Name implements captcha.Provider.
func (p *Provider) Name() string { return "fake" }

// Page implements captcha.Provider.
func (p *Provider) Page(_ context.Context, b captcha.Binding) (captcha.Page, error) {
	return captcha.Page{
		Scripts: []captcha.Script{{URL: script}},
		Widget: captcha.Element{Tag: "div", Language: "data-language", Attributes: []captcha.Attribute{
			{Name: "class", Value: "fake-captcha"}, {Name: "data-binding", Value: b.Digest()},
		}},
		Sources: captcha.Sources{Script: []string{captcha.Self}},
	}, nil
}

// Routes implements captcha.Provider.
func (p *Provider) Routes() map[string]http.Handler {
	return map[string]http.Handler{script: captcha.File("text/javascript; charset=utf-8", []byte("// nothing to do\n"))}
}

// Verify implements captcha.Provider.
func (p *Provider) Verify(ctx context.Context, b captcha.Binding, form url.Values, _ string) (captcha.Proof, error) {
	if err := ctx.Err(); err != nil {
		return captcha.Proof{}, err
	}
	if p.fails() {
		return captcha.Proof{}, ErrDown
	}
	values := form[Field]
	if len(values) != 1 {
		return captcha.Proof{}, captcha.ErrRefused
	}
	parts := strings.Split(values[0], ".")
	if len(parts) != 3 || parts[0] != "solved" || parts[2] != b.Digest() || !p.gave(parts[1]) {
		return captcha.Proof{}, captcha.ErrRefused
	}
	return captcha.Proof{ID: "fake-" + parts[1]}, nil
}

func (p *Provider) fails() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	failing := p.failing > 0
	p.failing = max(0, p.failing-1)
	return failing
}

func (p *Provider) gave(number string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, err := strconv.Atoi(number)
	return err == nil && n >= 1 && n <= p.answers && number == strconv.Itoa(n)
}
