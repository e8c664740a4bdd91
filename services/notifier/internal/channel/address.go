package channel

import (
	"net/mail"
	"regexp"
	"strings"
	"unicode"
)

const maxEmail = 254 // RFC 5321 4.5.3.1.3, without the angle brackets

var e164 = regexp.MustCompile(`\A\+[1-9][0-9]{6,14}\z`)

// IsEmail reports whether text is one bare address: no name, no list, nothing that could end a line.
func IsEmail(text string) bool {
	if len(text) > maxEmail || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		return false
	}
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text && address.Name == ""
}

// IsPhone reports whether text is a number in E.164.
func IsPhone(text string) bool { return e164.MatchString(text) }
