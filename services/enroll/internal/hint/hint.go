// Package hint masks addresses and numbers so that their owner recognizes them and nobody else learns them.
package hint

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/pkg/events"
)

const hidden = "•••"

// Email keeps the first letter, where there are more, and the domain: j•••@example.org.
func Email(address events.Secret) string {
	text := address.Reveal()
	at := strings.LastIndexByte(text, '@')
	if at < 0 || strings.IndexFunc(text[at+1:], notInDomain) >= 0 {
		return hidden
	}
	local, domain := text[:at], text[at:]
	first, size := utf8.DecodeRuneInString(local)
	if size == len(local) || !unicode.IsLetter(first) && !unicode.IsDigit(first) {
		return hidden + domain
	}
	return string(first) + hidden + domain
}

// notInDomain keeps out what could turn the text around on a page.
func notInDomain(r rune) bool {
	return r != '.' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
}

// Phone keeps the last four digits, or two of a short number: •••• 1234.
func Phone(number events.Secret) string {
	digits := strings.TrimPrefix(number.Reveal(), "+")
	keep := 4
	if len(digits) < 9 {
		keep = 2
	}
	if len(digits) < 7 || strings.Trim(digits, "0123456789") != "" {
		return "••••"
	}
	return "•••• " + digits[len(digits)-keep:]
}
