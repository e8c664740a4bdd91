package template

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"countersign/services/notifier/internal/gsm7"
)

// sms writes one segment. The brand gives way where it does not fit: the code, its life and the warning never do.
func sms(w words, d Data) string {
	write := func(brand string) string {
		return fmt.Sprintf(w.short, brand, d.Code.Reveal(), w.lifetime(d.Minutes))
	}
	brand := plain(d.Brand)
	for brand != "" && !fits(write(brand)) {
		_, last := utf8.DecodeLastRuneInString(brand)
		brand = strings.TrimRight(brand[:len(brand)-last], " ")
	}
	message := strings.TrimPrefix(write(brand), ": ")
	if bound := message + "\n@" + d.Host + " #" + d.Code.Reveal(); d.Host != "" && fits(bound) {
		return bound
	}
	return message
}

func fits(message string) bool {
	n, ok := gsm7.Septets(message)
	return ok && n <= gsm7.Segment
}

// plain spells a brand in the phone network's alphabet: marks that it lacks are dropped, then what still is not in it.
func plain(brand string) string {
	var b strings.Builder
	for _, r := range norm.NFC.String(brand) {
		if gsm7.Holds(r) {
			b.WriteRune(r)
			continue
		}
		for _, base := range norm.NFKD.String(string(r)) {
			if gsm7.Holds(base) {
				b.WriteRune(base)
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
