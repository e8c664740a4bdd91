package events

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
)

// Redacted stands wherever a Secret is printed, logged or formatted.
const Redacted = "[redacted]"

// A Secret is a string that must not be seen: a code, an address, a label, a token. Every way of printing it gives Redacted;
// only Reveal and JSON encoding, which a platform needs to send one, give the text.
type Secret struct{ text *string } // a pointer: fmt reads unexported fields of structs around it without asking their methods

// NewSecret hides text.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{&text}
}

// Reveal returns the text. Every call is a place to review.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no text; encoding/json's omitzero uses it.
func (s Secret) IsZero() bool { return s.text == nil }

// Equal compares in constant time for texts of equal length. == would compare where the texts stand.
func (s Secret) Equal(t Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(t.Reveal())) == 1
}

func (s Secret) String() string             { return Redacted }
func (s Secret) GoString() string           { return Redacted }
func (s Secret) LogValue() slog.Value       { return slog.StringValue(Redacted) }
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Redacted)) }

func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.Reveal()) }

// UnmarshalJSON reads a string; its error does not hold the text.
func (s *Secret) UnmarshalJSON(data []byte) error {
	var text string
	if json.Unmarshal(data, &text) != nil {
		return errors.New("a secret is not a JSON string")
	}
	*s = NewSecret(text)
	return nil
}
