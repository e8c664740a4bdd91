package phone

import (
	"errors"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"

	"countersign/pkg/events"
	"countersign/pkg/worker/policy"
)

var numbers = []struct {
	name, number string
	say          string // of the error; "" for a number that may have texts
}{
	{"a mobile number", "+4915112345678", ""},
	{"a number that is mobile or not, as all are in North America", "+12025550123", ""},
	{"a number of a range that its plan does not know yet", "+15551230199", ""},
	{"another one, in a country with ranges for mobiles", "+447612345678", ""},
	{"a number for tries of Twilio's, which are personal ones", "+15005550006", ""},
	{"a number of an internet telephone", "+445612345678", ""},
	{"a calling code of nobody", "+2101234567", "no country's number plan"},
	{"a number that is too short", "+3361234", "too short"},
	{"a number that is too long", "+336123456789012", "too long"},
	{"a number of seven digits where ten are needed", "+15551234", "whole number"},
	{"a number as it is dialed at home", "+49015112345678", "leave it out"},
	{"an Italian one, whose 0 belongs to it, of a landline", "+390612345678", "landline"},
	{"a landline", "+493012345678", "landline"},
	{"a landline of a country without area codes", "+420222123456", "landline"},
	{"a premium rate", "+420900123456", "charges whoever calls"},
	{"a premium rate of North America", "+19005551234", "charges whoever calls"},
	{"a shared cost", "+448431234567", "charges whoever calls"},
	{"a personal number of Britain, which costs as much", "+447000123456", "charges whoever calls"},
	{"a number that is free to call", "+18005551234", "no number of a person's phone"},
	{"a company's number", "+443001234567", "no number of a person's phone"},
	{"a pager", "+447640123456", "no number of a person's phone"},
	{"a voicemail box", "+49160131234567", "no number of a person's phone"},
	{"a satellite telephone", "+881612345678", "of no country"},
	{"a ship", "+870773111632", "of no country"},
	{"an international premium rate", "+979123456789", "charges whoever calls"},
	{"no number", "nobody", "no country's number plan"},
	{"nothing", "", "no country's number plan"},
}

func TestNumbers(t *testing.T) {
	for _, c := range numbers {
		t.Run(c.name, func(t *testing.T) {
			err := Check("phone", events.NewSecret(c.number), []string{policy.AllCountries})
			if c.say == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var f *events.FieldError
			if !errors.As(err, &f) || f.Field != "phone" || !strings.Contains(f.Problem, c.say) {
				t.Fatalf("%v, want %q", err, c.say)
			}
			if len(c.number) > 4 && strings.Contains(err.Error(), c.number[2:]) {
				t.Errorf("%v holds the number", err)
			}
		})
	}
}

func TestCountriesThatAreAllowed(t *testing.T) {
	for _, c := range []struct {
		name, number string
		allowed      []string
		may          bool
	}{
		{"its own country", "+4915112345678", []string{"AT", "DE"}, true},
		{"another one", "+4915112345678", []string{"AT", "CH"}, false},
		{"another country of the same calling code", "+12684641234", []string{"US", "CA"}, false},
		{"the smaller country of a calling code", "+77011234567", []string{"KZ"}, true},
		{"the main country of its calling code, where the plan cannot place it", "+15551230199", []string{"US"}, true},
		{"not the smaller ones then", "+15551230199", []string{"CA", "JM"}, false},
		{"a country whose ranges are its neighbor's as well", "+590690001234", []string{"BL"}, true},
		{"none at all", "+4915112345678", nil, false},
		{"no country, under a list that no number of it can be on", "+881612345678", []string{"001", ""}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Check("phone", events.NewSecret(c.number), c.allowed)
			if (err == nil) != c.may {
				t.Error(err)
			}
		})
	}
}

func TestWhereANumberIs(t *testing.T) {
	for number, want := range map[string]string{
		"+4915112345678": "DE", "+12684641234": "AG", "+15551230199": "US", "+447911123456": "GG", "+881612345678": "", "nobody": "",
	} {
		if got := Country(events.NewSecret(number)); got != want {
			t.Errorf("%s: %q, want %q", number, got, want)
		}
	}
}

// A policy takes any country that the table of languages knows: none that has numbers may be missing there.
func TestPoliciesCanNameEveryCountryThatHasNumbers(t *testing.T) {
	for code := range phonenumbers.GetSupportedRegions() {
		region, err := language.ParseRegion(code)
		if err != nil || !region.IsCountry() || region.Canonicalize().String() != code {
			t.Errorf("%s: %v, %v", code, region, err)
		}
	}
}

// Every country's own example of a mobile number may have texts: none is shut out by a slip in the table of kinds.
func TestEveryCountrysMobilesMayHaveTexts(t *testing.T) {
	for code := range phonenumbers.GetSupportedRegions() {
		example := phonenumbers.GetExampleNumberForType(code, phonenumbers.MOBILE)
		if example == nil {
			continue // it has landlines alone
		}
		number := events.NewSecret(phonenumbers.Format(example, phonenumbers.E164))
		if err := Check("phone", number, []string{code}); err != nil {
			t.Errorf("%s: %v, of %s", code, err, Country(number))
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, c := range numbers {
		f.Add(c.number)
	}
	f.Fuzz(func(t *testing.T, number string) {
		secret := events.NewSecret(number)
		if err := Check("phone", secret, []string{policy.AllCountries}); err == nil && Country(secret) == "" {
			t.Errorf("%q may have texts and is nowhere", number)
		}
	})
}
