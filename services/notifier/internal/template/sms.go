package template

import (
	"strings"
	"unicode/utf8"

	"countersign/services/notifier/internal/gsm7"
)

// sms writes a text of as few segments as its kind may take. The brand gives way where it does not fit: the code, its life, the warning
// and a link never do.
func (c catalogue) sms(k kind, w words, d Data) string {
	brand := c.Texts.spell(d.Brand)
	message := c.short(w, d, brand)
	for brand != "" && gsm7.Segments(message) > d.segments() {
		_, last := utf8.DecodeLastRuneInString(brand)
		brand = strings.TrimRight(brand[:len(brand)-last], " ")
		message = c.short(w, d, brand)
	}
	bound := message + "\n@" + d.Host + " #" + d.Code.Reveal()
	if d.Host != "" && k.has(codeName) && c.Texts.spell(d.Host) == d.Host && gsm7.Segments(bound) <= d.segments() {
		return bound
	}
	return message
}

// short is spelled but for what must stay as it is.
func (c catalogue) short(w words, d Data, brand string) string {
	sentence := c.Texts.spell(c.filled(brand, d)(w.short(d)))
	return strings.TrimPrefix(sentence, ": ") // a brand of which nothing is left takes its colon along
}
