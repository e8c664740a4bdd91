package keycloak

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strings"

	"countersign/pkg/events"
)

const signatureHeader = "X-Keycloak-Signature"

// A Credential says who may speak: with a signature over the body, or with a bearer token. An empty field admits nobody.
type Credential struct {
	Secret events.Secret // HMAC-SHA-256 over the body, as hex in X-Keycloak-Signature
	Token  events.Secret // Authorization: Bearer
}

func (c Credential) none() bool { return c.Secret.IsZero() && c.Token.IsZero() }

// admits takes as long for a wrong signature or token as for a right one.
func (c Credential) admits(h http.Header, body []byte) bool {
	return c.signed(h.Get(signatureHeader), body) || c.bears(h.Get("Authorization"))
}

func (c Credential) signed(signature string, body []byte) bool {
	got, err := hex.DecodeString(strings.TrimPrefix(signature, "sha256="))
	if c.Secret.IsZero() || err != nil {
		return false
	}
	mac := hmac.New(sha256.New, []byte(c.Secret.Reveal()))
	mac.Write(body)
	return hmac.Equal(got, mac.Sum(nil))
}

func (c Credential) bears(authorization string) bool {
	token, ok := strings.CutPrefix(authorization, "Bearer ")
	if c.Token.IsZero() || !ok {
		return false
	}
	got, want := sha256.Sum256([]byte(token)), sha256.Sum256([]byte(c.Token.Reveal())) // of one length
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}
