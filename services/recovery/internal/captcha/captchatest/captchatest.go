// Package captchatest is what every captcha.Provider must pass, whoever judges its answers.
package captchatest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/services/recovery/internal/captcha"
)

// A Bench is a provider and whoever solves its captchas.
type Bench struct {
	Provider captcha.Provider
	Field    string                              // of the form, which holds the answer
	Solve    func(b captcha.Binding) url.Values  // what a form brings once somebody has solved b's captcha
	Secrets  []string                            // what no error and no print may show, beside answers
	Unbound  bool                                // an answer counts for any claim, but for one at most: the provider spends it
	Strange  map[string]func() (form url.Values) // answers to the first claim that must be refused, by why
	Doubts   map[string]func()                   // what may happen to the next question, by its name; empty: nobody is asked
	Silent   func() (asked <-chan struct{})      // the next question has no answer; nil: nobody is asked
}

// First and Second are two claims, of two cases.
var (
	First  = captcha.Binding{Case: "k3f2m6q4w5z7a2b4c6d3e5f7g2-case1", Claim: 1}
	Second = captcha.Binding{Case: "k3f2m6q4w5z7a2b4c6d3e5f7g2-case2", Claim: 1}
)

const (
	patience = 10 * time.Second
	sender   = "192.0.2.77"
)

// Run runs the suite; open makes a fresh bench for each test and cleans up with t.
func Run(t *testing.T, open func(t *testing.T) Bench) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Bench)
	}{
		{"a solved captcha counts", solved},
		{"a form without an answer is refused", empty},
		{"an answer that is none is refused", garbage},
		{"an answer that comes twice in one form is refused", twice},
		{"an answer that was spent does not count again", spent},
		{"an answer of another claim does not count", foreign},
		{"two answers have two proofs", twoProofs},
		{"a strange answer is refused", strange},
		{"doubt is an error and never a proof", doubts},
		{"after a doubt the next answer counts", recovers},
		{"nothing counts once the context has ended", ended},
		{"an answer that is waited for does not count once the context has ended", silent},
		{"the page names its files and what they need", pages},
		{"nothing prints a secret", printed},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// verify judges, and holds every error to what holds of all.
func (b Bench) verify(t *testing.T, to captcha.Binding, form url.Values) (captcha.Proof, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return b.verifyIn(ctx, t, to, form)
}

func (b Bench) verifyIn(ctx context.Context, t *testing.T, to captcha.Binding, form url.Values) (captcha.Proof, error) {
	t.Helper()
	proof, err := b.Provider.Verify(ctx, to, form, sender)
	if err != nil && proof != (captcha.Proof{}) {
		t.Errorf("a proof beside the error %v", err)
	}
	if err == nil && !proofID.MatchString(proof.ID) {
		t.Errorf("proof %q", proof.ID)
	}
	b.keepsSecrets(t, form, errorText(err)+proof.ID)
	return proof, err
}

var proofID = regexp.MustCompile(`\A[0-9A-Za-z_-]{1,64}\z`)

func errorText(err error) (text string) {
	for ; err != nil; err = errors.Unwrap(err) {
		text += fmt.Sprintf("%v %+v %#v\n", err, err, err)
	}
	return text
}

func (b Bench) keepsSecrets(t *testing.T, form url.Values, text string) {
	t.Helper()
	secrets := append([]string{sender}, b.Secrets...)
	for _, values := range form {
		secrets = append(secrets, values...)
	}
	for _, s := range secrets {
		if len(s) > 3 && strings.Contains(text, s) {
			t.Errorf("%.40q… is shown in %.200s", s, text)
		}
	}
}

func (b Bench) passes(t *testing.T, to captcha.Binding, form url.Values) captcha.Proof {
	t.Helper()
	proof, err := b.verify(t, to, form)
	if err != nil {
		t.Fatalf("a solved captcha does not count: %v", err)
	}
	return proof
}

func (b Bench) refuses(t *testing.T, why string, to captcha.Binding, form url.Values) {
	t.Helper()
	if proof, err := b.verify(t, to, form); !errors.Is(err, captcha.ErrRefused) {
		t.Errorf("%s: proof %+v, error %v", why, proof, err)
	}
}

func (b Bench) with(value string) url.Values { return url.Values{b.Field: {value}} }

// Spent remembers proofs, as a case does.
type Spent map[string]bool

// Take reports whether a proof comes for the first time.
func (s Spent) Take(p captcha.Proof) bool {
	first := !s[p.ID]
	s[p.ID] = true
	return first
}

func clone(form url.Values) url.Values {
	copied := maps.Clone(form)
	for name, values := range copied {
		copied[name] = append([]string{}, values...)
	}
	return copied
}
