package events

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"log/slog"
)

// Redacted stands wherever a Secret is printed, logged or formatted.
const Redacted = "[redacted]"

// A Secret is a string that must not be seen: a code, an address, a label, a token. Every way of printing it gives Redacted;
// only Reveal and JSON encoding, which a platform needs to send one, give the text.
type Secret struct{ text string }

// NewSecret hides text.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the text. Every call is a place to review.
func (s Secret) Reveal() string { return s.text }

// IsZero reports whether there is no text; encoding/json's omitzero uses it.
func (s Secret) IsZero() bool { return s.text == "" }

// Equal compares in constant time for texts of equal length.
func (s Secret) Equal(t Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.text), []byte(t.text)) == 1
}

func (s Secret) String() string             { return Redacted }
func (s Secret) GoString() string           { return Redacted }
func (s Secret) LogValue() slog.Value       { return slog.StringValue(Redacted) }
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) }

func (s Secret) MarshalJSON() ([]byte, error)     { return json.Marshal(s.text) }
func (s *Secret) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &s.text) }
