// Package gsm7 counts texts as a phone network does (3GPP TS 23.038): in septets of the default alphabet, else in UTF-16 units.
// A code must fit one segment: a text in two arrives late, torn or at double the price.
package gsm7

import (
	"strings"
	"unicode/utf16"
)

// Segment is how many septets one segment holds.
const Segment = 160

const (
	joined      = 153 // septets of each segment when there are several: the header takes seven
	wideSegment = 70  // the same two bounds in UTF-16 units
	wideJoined  = 67
)

const basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?" +
	"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

const extended = "\f^{}\\[~]|€" // each costs an escape

// Holds reports whether r is in the alphabet.
func Holds(r rune) bool { return strings.ContainsRune(basic, r) || strings.ContainsRune(extended, r) }

// Septets returns the length of text, and false when a character is not in the alphabet.
func Septets(text string) (n int, ok bool) {
	for _, r := range text {
		switch {
		case strings.ContainsRune(basic, r):
			n++
		case strings.ContainsRune(extended, r):
			n += 2
		default:
			return 0, false
		}
	}
	return n, true
}

// Segments returns how many segments text costs.
func Segments(text string) int {
	if n, ok := Septets(text); ok {
		return segments(n, Segment, joined)
	}
	return segments(len(utf16.Encode([]rune(text))), wideSegment, wideJoined)
}

func segments(n, single, several int) int {
	if n <= single {
		return 1
	}
	return (n + several - 1) / several
}
