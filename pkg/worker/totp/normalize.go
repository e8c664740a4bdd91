package totp

import (
	"strings"
	"unicode"

	"countersign/pkg/events"
)

// Normalize returns the ASCII digits of a short code as somebody typed it: spaces and dashes of any script are left out, digits of
// any script are read. Anything else, or more than 64 bytes, is no code and gives an empty Secret, which fits nothing.
func Normalize(code events.Secret) events.Secret {
	text := code.Reveal()
	if len(text) > events.MaxCode {
		return events.Secret{}
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case unicode.IsDigit(r):
			b.WriteByte('0' + value(r))
		case unicode.IsSpace(r), unicode.Is(unicode.Pd, r), r == '\u2212', r == '\u200b', r == '\u2060', r == '\ufeff':
			// the minus sign and spaces without width come with copied text
		default:
			return events.Secret{}
		}
	}
	return events.NewSecret(b.String())
}

// value of a decimal digit: Unicode keeps each script's ten in a row, 0 first.
func value(r rune) byte {
	for _, t := range unicode.Nd.R16 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10)
		}
	}
	for _, t := range unicode.Nd.R32 {
		if rune(t.Lo) <= r && r <= rune(t.Hi) {
			return byte((r - rune(t.Lo)) % 10)
		}
	}
	return 0
}
