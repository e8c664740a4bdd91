package template

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"countersign/services/notifier/internal/gsm7"
)

// An alphabet is what texts in a language are spelled with.
type alphabet string

const (
	network alphabet = ""        // the phone network's, GSM-7: 160 characters in a segment
	plain   alphabet = "plain"   // the same without marks, for languages half of whose letters it lacks
	whole   alphabet = "unicode" // any letter: 70 characters in a segment
)

// spell writes words in the alphabet: letters that it lacks lose their marks, and what still is not in it goes.
func (a alphabet) spell(words string) string {
	if a == whole {
		return strings.TrimSpace(words)
	}
	var b strings.Builder
	for _, r := range norm.NFC.String(words) {
		if a.holds(r) {
			b.WriteRune(r)
			continue
		}
		for _, base := range norm.NFKD.String(unmarked.Replace(string(r))) {
			if a.holds(base) {
				b.WriteRune(base)
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func (a alphabet) holds(r rune) bool {
	return gsm7.Holds(r) && (a != plain || r <= unicode.MaxASCII)
}

// unmarked has what Unicode does not take apart.
var unmarked = strings.NewReplacer(
	"ł", "l", "Ł", "L", "đ", "d", "Đ", "D", "ı", "i", "œ", "oe", "Œ", "OE", "ß", "ss", "æ", "ae", "Æ", "AE", "ø", "o", "Ø", "O",
	"‘", "'", "’", "'", "“", `"`, "”", `"`, "„", `"`, "–", "-", "—", "-",
)
