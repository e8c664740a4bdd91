// Package phone says whether a number can be a person's that takes texts, and where it is.
//
// events.CheckPhone knows the shape of E.164; this package knows the number plans of the world (Google's libphonenumber, as nyaruka/phonenumbers
// ports it). Plans age, and a number of a new range must not be turned away: what a plan does not know passes, and only what it says
// to be something else than a person's phone does not. Errors hold nothing of the number.
//
// Plans are read when a number of their calling code comes first: 1.5 MiB for thirty of them, 9 MiB for all. A check takes 15 µs.
package phone

import (
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"countersign/pkg/events"
	"countersign/pkg/worker/policy"
)

// Check says why a text cannot or shall not go to a number; nil where it may. allowed are ISO 3166-1 alpha-2 codes, or policy.AllCountries. The
// error names field and is an *events.FieldError.
func Check(field string, number events.Secret, allowed []string) error {
	n, err := phonenumbers.Parse(number.Reveal(), "")
	if err != nil {
		return events.Fault(field, "is in no country's number plan: check the country code")
	}
	return events.First(trunk(field, number, n), length(field, n), kind(field, n), country(field, n, allowed))
}

// Country is the ISO 3166-1 alpha-2 code of where a number is; "" for one of no country, as those of satellites are, and for no number.
func Country(number events.Secret) string {
	n, err := phonenumbers.Parse(number.Reveal(), "")
	if err != nil {
		return ""
	}
	return countryOf(n)
}

// trunk finds what people write as they dial at home: +49 0151.
func trunk(field string, number events.Secret, n *phonenumbers.PhoneNumber) error {
	national := strings.TrimPrefix(number.Reveal(), "+"+strconv.Itoa(int(n.GetCountryCode())))
	if strings.HasPrefix(national, "0") && !n.GetItalianLeadingZero() {
		return events.Fault(field, "has a 0 after its country code, which is dialed at home alone: leave it out")
	}
	return nil
}

// length is checked apart from the plan's ranges: it hardly ever changes.
func length(field string, n *phonenumbers.PhoneNumber) error {
	switch phonenumbers.IsPossibleNumberWithReason(n) {
	case phonenumbers.IS_POSSIBLE:
		return nil
	case phonenumbers.IS_POSSIBLE_LOCAL_ONLY:
		return events.Fault(field, "lacks its area code: write the whole number, country code first")
	case phonenumbers.TOO_SHORT:
		return events.Fault(field, "is too short for its country: check the digits")
	case phonenumbers.TOO_LONG:
		return events.Fault(field, "is too long for its country: check the digits")
	}
	return events.Fault(field, "has a length that its country does not know: check the digits")
}

const mobile = "write a mobile number"

// kind refuses what takes no texts and what costs more than a text. In North America a personal number is billed like any other.
func kind(field string, n *phonenumbers.PhoneNumber) error {
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.FIXED_LINE:
		return events.Fault(field, "is a landline, which takes no texts: "+mobile)
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST:
		return events.Fault(field, "is a number that charges whoever calls it: "+mobile)
	case phonenumbers.TOLL_FREE, phonenumbers.UAN, phonenumbers.VOICEMAIL, phonenumbers.PAGER:
		return events.Fault(field, "is no number of a person's phone: "+mobile)
	case phonenumbers.PERSONAL_NUMBER:
		if n.GetCountryCode() != northAmerica {
			return events.Fault(field, "is a number that charges whoever calls it: "+mobile)
		}
	}
	return nil
}

const northAmerica = 1 // calling code

// country refuses numbers of no country under every list: texts to satellites cost the most. Small countries share ranges with their
// neighbors: a number there is of each of them.
func country(field string, n *phonenumbers.PhoneNumber, allowed []string) error {
	at := countryOf(n)
	is := func(one string) bool {
		return one == policy.AllCountries || one == at || phonenumbers.IsValidNumberForRegion(n, one)
	}
	switch {
	case at == "":
		return events.Fault(field, "is of no country: "+mobile)
	case slices.ContainsFunc(allowed, is):
		return nil
	}
	return events.Fault(field, "is of a country to which this platform sends no texts: its policy names those in sms.countries")
}

// countryOf counts a number that its plan cannot place, as those of new ranges are, to the main country of the calling code.
func countryOf(n *phonenumbers.PhoneNumber) string {
	at := phonenumbers.GetRegionCodeForNumber(n)
	if at == "" {
		at = phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode()))
	}
	if at == phonenumbers.REGION_CODE_FOR_NON_GEO_ENTITY || at == phonenumbers.UNKNOWN_REGION {
		return ""
	}
	return at
}
