package template

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"countersign/services/notifier/internal/gsm7"
)

// sms writes one segment. The brand gives way where it does not fit: the code, its life and the warning never do.
func (c catalogue) sms(w words, d Data) string {
	brand := plain(d.Brand)
	message := c.short(w, d, brand)
	for brand != "" && !fits(message) {
		_, last := utf8.DecodeLastRuneInString(brand)
		brand = strings.TrimRight(brand[:len(brand)-last], " ")
		message = c.short(w, d, brand)
	}
	if bound := message + "\n@" + d.Host + " #" + d.Code.Reveal(); d.Host != "" && !w.notice() && fits(bound) {
		return bound
	}
	return message
}

func (c catalogue) short(w words, d Data, brand string) string {
	return strings.TrimPrefix(c.filler(brand, d)(w.short), ": ") // a brand of which nothing is left takes its colon along
}

func fits(message string) bool {
	n, ok := gsm7.Septets(message)
	return ok && n <= gsm7.Segment
}

// plain spells a brand in the phone network's alphabet: letters that it lacks lose their marks, and what still is not in it goes.
func plain(brand string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(brand) {
		if gsm7.Holds(r) {
			b.WriteRune(r)
			continue
		}
		for _, base := range norm.NFKD.String(unmarked.Replace(string(r))) {
			if gsm7.Holds(base) {
				b.WriteRune(base)
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// unmarked has what Unicode does not take apart.
var unmarked = strings.NewReplacer(
	"ł", "l", "Ł", "L", "đ", "d", "Đ", "D", "ı", "i", "œ", "oe", "Œ", "OE",
	"‘", "'", "’", "'", "“", `"`, "”", `"`, "–", "-", "—", "-",
)
