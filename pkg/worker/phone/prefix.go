package phone

import (
	"strconv"

	"github.com/nyaruka/phonenumbers"

	"countersign/pkg/events"
)

const (
	prefixDigits = 4 // after the calling code: an operator's range, which is what texts are pumped to
	unsaid       = 4 // digits that no prefix holds: ten thousand numbers share one, so that it tells of nobody
)

// Prefix is what a number has in common with at least ten thousand others: its calling code and up to four digits, without the plus. "" for what has
// too few digits to be a number.
func Prefix(number events.Secret) string {
	_, prefix := Where(number)
	return prefix
}

// Where is Country and Prefix at the cost of one of them.
func Where(number events.Secret) (country, prefix string) {
	if number.IsZero() || events.CheckPhone("phone", number) != nil {
		return "", ""
	}
	calling := 1
	if n, err := phonenumbers.Parse(number.Reveal(), ""); err == nil {
		country, calling = countryOf(n), len(strconv.Itoa(int(n.GetCountryCode())))
	}
	digits := number.Reveal()[1:]
	return country, digits[:min(calling+prefixDigits, len(digits)-unsaid)]
}
