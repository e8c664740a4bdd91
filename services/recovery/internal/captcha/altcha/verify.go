package altcha

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"countersign/services/recovery/internal/captcha"
)

const (
	maxAnswer = 4 << 10     // bytes; a real one has some 900
	skew      = time.Minute // between the clocks of two replicas, at most
)

// An answer is what the widget puts into the form, as base64 of JSON.
type answer struct {
	Challenge challenge `json:"challenge"`
	Solution  struct {
		DerivedKey string `json:"derivedKey"`
	} `json:"solution"`
}

// Verify implements captcha.Provider.
func (p *Provider) Verify(ctx context.Context, b captcha.Binding, form url.Values, _ string) (captcha.Proof, error) {
	if err := ctx.Err(); err != nil {
		return captcha.Proof{}, fmt.Errorf("judge answer: %w", err)
	}
	a, ok := read(form[Field])
	if !ok {
		return captcha.Proof{}, fmt.Errorf("read answer: %w: not one", captcha.ErrRefused)
	}
	if why := p.fault(b, a); why != "" {
		return captcha.Proof{}, fmt.Errorf("judge answer: %w: %s", captcha.ErrRefused, why)
	}
	return captcha.Proof{ID: a.Challenge.Parameters.Nonce}, nil
}

func read(values []string) (a answer, ok bool) {
	if len(values) != 1 || len(values[0]) > maxAnswer {
		return answer{}, false
	}
	text, err := base64.StdEncoding.DecodeString(values[0])
	return a, err == nil && json.Unmarshal(text, &a) == nil
}

// fault says why an answer does not count, or nothing. What the signature is of is not believed before it; the end is looked at first
// because it says which secret to ask for.
func (p *Provider) fault(b captcha.Binding, a answer) string {
	c, now := a.Challenge.Parameters, p.now()
	ends := time.Unix(c.ExpiresAt, 0)
	switch {
	case !now.Before(ends):
		return "the challenge has ended"
	case ends.After(now.Add(Life + skew)):
		return "the challenge is not ours"
	case !same(a.Challenge.Signature, p.signer.challenge(c)):
		return "the challenge is not ours"
	case c.Algorithm != algorithm || c.Cost != cost || c.KeyLength != keyLength:
		return "the challenge is of another release"
	case !same(c.Data.Binding, b.Digest()):
		return "the challenge is another claim's"
	case !p.derived(c, a.Solution.DerivedKey):
		return "the solution is wrong"
	}
	return ""
}

func (p *Provider) derived(c parameters, key string) bool {
	raw, err := hex.DecodeString(key)
	return err == nil && len(raw) == keyLength && same(c.KeySignature, p.signer.key(c.ExpiresAt, raw))
}

// same compares in constant time.
func same(given, want string) bool { return hmac.Equal([]byte(given), []byte(want)) }
