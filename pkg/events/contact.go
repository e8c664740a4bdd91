package events

import (
	"net/mail"
	"regexp"
	"strings"
)

var phoneShape = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// CheckEmail checks a mail address where there is one: one bare address of at most 254 bytes, with a dot in its domain.
func CheckEmail(field string, s Secret) error {
	text := s.Reveal()
	if text == "" {
		return nil
	}
	if err := OptionalID(field, text, MaxEmail); err != nil {
		return err
	}
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || !dotted(text) {
		return Fault(field, "is not one mail address such as name@example.com")
	}
	return nil
}

func dotted(address string) bool {
	domain := address[strings.LastIndexByte(address, '@')+1:]
	return strings.Contains(strings.Trim(domain, "."), ".") && !strings.HasPrefix(domain, "[")
}

// CheckPhone checks a phone number where there is one: E.164, a plus and 7 to 15 digits.
func CheckPhone(field string, s Secret) error {
	if s.IsZero() || phoneShape.MatchString(s.Reveal()) {
		return nil
	}
	return Fault(field, "is not a number in E.164: write + and 7 to 15 digits, country code first")
}
