// Package captcha is the seam between a recovery's pages and whoever says that a form was not sent for free.
//
// A Provider says what a page must show, and judges what the page's form brings back. It is closed on doubt: slow, broken and
// unintelligible answers are errors, never a proof. What a proof is worth stands in docs/adr/0060: it prices abuse, it does not tell
// people from robots.
//
// Single use has two owners. The remote providers spend an answer when they judge it; ALTCHA's cannot be spent without a memory that
// all replicas share. So a Proof has an ID, and who takes a proof (the case of a recovery) remembers the ID beside it and refuses it the
// second time, whoever the provider is.
package captcha

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strconv"
)

// ErrRefused says that a form holds no answer that counts: none, a wrong one, an old one, another case's. A new try may pass. Every
// other error of Verify is a doubt: the answer may be right, nobody can tell, and it does not count either.
var ErrRefused = errors.New("captcha is not solved")

// A Provider makes and judges captchas. It is safe for concurrent use. No error of it holds an answer, a secret or an address.
type Provider interface {
	// Name is the provider as COUNTERSIGN_CAPTCHA names it, for instance "altcha".
	Name() string

	// Page returns what the page of b's case must hold. It asks nobody.
	Page(ctx context.Context, b Binding) (Page, error)

	// Verify judges what a form brought, within ctx and the provider's own timeout, whichever ends first. Fields that the provider does
	// not know are left alone. ip is the sender's address, for providers that want it; empty: nobody is told.
	Verify(ctx context.Context, b Binding, form url.Values, ip string) (Proof, error)

	// Routes are the provider's own files, by path: "/captcha/altcha.js". They are the same for everybody and may be served to anybody.
	Routes() map[string]http.Handler
}

// A Binding is whom a captcha is for: one claim of one case.
type Binding struct {
	Case  string // the recovery_id
	Claim uint64 // from 1
}

// Digest names the binding to strangers: providers and their widgets see it. 43 letters, digits, - and _.
func (b Binding) Digest() string {
	sum := sha256.Sum256([]byte("captcha/" + strconv.FormatUint(b.Claim, 10) + "/" + b.Case))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// A Proof is an answer that counts.
type Proof struct {
	ID string // the same for the same answer, at most 64 letters, digits, - and _; it is no secret and does not tell the answer
}
