package policy

import (
	"errors"
	"os"
	"strings"
	"testing"
)

var faulty = []struct {
	name    string
	content string
	want    []string // each is part of one fault, in order
}{
	{"an empty file", "", []string{"policy.yaml:1: holds 0 documents"}},
	{"two documents", "platforms: {acme: {}}\n---\nplatforms: {acme: {}}\n", []string{"holds 2 documents"}},
	{"no platforms", "platforms: {}\n", []string{"platforms is missing: name at least one"}},
	{"a slip in the first word", "platform:\n  acme: {}\n", []string{":1: platform is unknown: did you mean platforms?"}},
	{"a list of platforms", "platforms:\n  - acme\n", []string{":2: platforms is not a section"}},
	{"a syntax error", "platforms:\n  acme: [\n", []string{":2: "}},
	{"a field twice", of("brand: a", "brand: b"), []string{`:4: mapping key "brand" already defined`}},
	{"a platform twice", "platforms:\n  acme:\n  acme:\n", []string{`:3: mapping key "acme" already defined`}},
	{"a platform that is no DNS label", "platforms:\n  Acme_1: {}\n", []string{`:2: platforms has the name "Acme_1": write a DNS label`}},
	{"a platform with a dot", "platforms:\n  a.b: {}\n", []string{`:2: platforms has the name "a.b"`}},
	{"a slip in a field", of("brnd: x"), []string{":3: platforms.acme.brnd is unknown: did you mean brand?"}},
	{"a slip in a section", of("chalenge:", "  open: 1"), []string{":3: platforms.acme.chalenge is unknown: did you mean challenge?"}},
	{"a slip inside a section", of("guess:", "  windw: 1h"), []string{":4: platforms.acme.guess.windw is unknown: did you mean window?"}},
	{"a field of another section", of("guess:", "  brand: x"), []string{":4: platforms.acme.guess.brand is unknown: remove it"}},
	{"a section below a field", of("brand:", "  name: x"), []string{":3: platforms.acme.brand is a section: write a text"}},
	{"a value for a section", of("guess: 4"), []string{":3: platforms.acme.guess is not a section"}},
	{"a dotted name", of("guess.free: 4"), []string{":3: platforms.acme.guess.free is unknown"}},
	{"an empty value", of("brand:"), []string{":3: platforms.acme.brand is empty: write a text"}},
	{"a number for a text", of("brand: 1984"), []string{"brand is 1984: write a text; what looks like a number or begins with # goes in quotes"}},
	{"yes for true", of("required: yes"), []string{`required is "yes": write true or false`}},
	{"a bare number for a duration", of("code:", "  life: 300"), []string{"code.life is 300: write a duration of whole seconds from 1m to 10m"}},
	{"a duration of parts of seconds", of("step_up: 90500ms"), []string{`step_up is "90500ms": write a duration of whole seconds from 30s to 5m`}},
	{"days", of("enrollment:", "  pending_life: 2d"), []string{`pending_life is "2d": write a duration of whole seconds from 10m to 168h`}},
	{"a code that lives too long", of("code:", "  life: 11m"), []string{`code.life is "11m"`}},
	{"a number with a fraction", of("challenge:", "  open: 1.5"), []string{"challenge.open is 1.5: write a whole number from 1 to 5"}},
	{"a number in quotes", of(`grace_days: "7"`), []string{`grace_days is "7": write a whole number from 0 to 90`}},
	{"a number too big for a number", of("grace_days: 18446744073709551615"), []string{"grace_days is 18446744073709551615"}},
	{"a negative number", of("grace_days: -1"), []string{"grace_days is -1"}},
	{"seven digits of an app", of("totp:", "  digits: 7"), []string{"totp.digits is 7: write 6 or 8"}},
	{"an unknown factor", of("factors: [totp, pigeon]"), []string{`factors has "pigeon": write totp, email or sms`}},
	{"a factor twice", of("factors: [totp, totp]"), []string{"factors has totp twice"}},
	{"no factor", of("factors: []"), []string{"factors is a list: write a list like [totp]"}},
	{"one factor without brackets", of("factors: totp"), []string{`factors is "totp": write a list like [totp]`}},
	{"recovery codes as a factor", of("factors: [recovery_code]"), []string{`factors has "recovery_code"`}},
	{"an unknown word", of("enforcement: later"), []string{`enforcement is "later": write at_once, until_activation or grace`}},
	{"a return address in clear", of("return_url: http://acme.example/"), []string{`return_url is "http://acme.example/": write an https:// address`}},
	{"a return address that is a script", of("return_url: 'javascript:alert(1)'"), []string{"return_url is"}},
	{"a return address with a password", of("return_url: https://u:p@acme.example/"), []string{"return_url is"}},
	{"a country in lower case", of("sms:", "  countries: [de]"), []string{`:4: platforms.acme.sms.countries has "de": write DE`}},
	{"a country by what it is called", of("sms:", "  countries: [DE, UK]"), []string{`sms.countries has "UK": write GB`}},
	{"a country that is none", of("sms:", "  countries: [XX]"), []string{`sms.countries has "XX": write a code of ISO 3166-1 such as DE`}},
	{"a calling code", of("sms:", "  countries: ['+49']"), []string{`sms.countries has "+49": write a code of ISO 3166-1 such as DE`}},
	{"Norway, which YAML reads as no", of("sms:", "  countries: [no]"), []string{`sms.countries has "no": write NO`}},
	{"a country twice", of("sms:", "  countries: [DE, AT, DE]"), []string{"sms.countries has DE twice: write it once"}},
	{"all countries and one", of("sms:", "  countries: [all, DE]"), []string{"sms.countries has all beside others: write [all] or the countries"}},
	{"no country", of("sms:", "  countries: []"), []string{"sms.countries is empty: write [all] or countries, such as [DE, AT]; for no texts leave sms out of factors"}},
	{"countries without brackets", of("sms:", "  countries: DE"), []string{`sms.countries is "DE": write a list of texts in brackets`}},
	{"a country that is a number", of("sms:", "  countries: [49]"), []string{"sms.countries is a list: write a list of texts in brackets"}},
	{"a host that is an address", of("sms:", "  host: https://acme.example"), []string{`:4: platforms.acme.sms.host is "https://acme.example": write a DNS name`}},
	{"a host with a port", of("sms:", "  host: 'acme.example:443'"), []string{"sms.host is"}},
	{"a host in capitals", of("sms:", "  host: Acme.example"), []string{"sms.host is"}},
	{"a host of one label", of("sms:", "  host: acme"), []string{"sms.host is"}},
	{"a host that ends in a dot", of("sms:", "  host: acme.example."), []string{"sms.host is"}},
	{"a host in letters that no host has", of("sms:", "  host: žluťoučký.example"), []string{"sms.host is"}},
	{"a host that is too long", of("sms:", "  host: "+strings.Repeat("a", 41)+".example"), []string{"of at most 48 bytes"}},
	{"a locale that is none", of("locale: English"), []string{`locale is "English": write a language tag`}},
	{"two lines of brand", of(`brand: "a\nb"`), []string{"brand is 3 bytes long: write one line"}},
	{"a brand that apps cannot show", of(`brand: "a:b"`), []string{":3: platforms.acme.totp.issuer would be the brand"}},
	{"an issuer with a colon", of("totp:", `  issuer: "a:b"`), []string{":4: platforms.acme.totp.issuer is"}},
	{"an anchor", of("brand: &b x"), []string{"brand uses an anchor"}},
	{"an alias", of("brand: *b"), []string{"brand uses an anchor"}},
	{"a merge", of("<<: *b"), []string{":3: "}},
	{"grace without days", of("enforcement: grace"), []string{":3: platforms.acme.grace_days is missing"}},
	{"days without grace", of("grace_days: 3"), []string{":3: platforms.acme.grace_days is set without enforcement: grace"}},
	{"a challenge shorter than its code", of("challenge:", "  life: 2m"), []string{":4: platforms.acme.challenge.life is shorter than code.life"}},
	{"waits that shrink", of("guess:", "  max_wait: 1m", "  first_wait: 1h"), []string{":4: platforms.acme.guess.max_wait is shorter"}},
	{"a warning before the first code is used", of("recovery_codes:", "  count: 8", "  warn_at: 8"), []string{":5: platforms.acme.recovery_codes.warn_at is not less"}},
	{"a recovery without a link", of("recovery:", "  steps: [sms, captcha]"), []string{":4: platforms.acme.recovery.steps do not begin with link"}},
	{"a recovery whose link comes late", of("recovery:", "  steps: [sms, link]"), []string{":4: platforms.acme.recovery.steps do not begin with link"}},
	{"a recovery by link alone", of("recovery:", "  steps: [link]"), []string{":4: platforms.acme.recovery.steps would be passed by a mail scanner"}},
	{"a recovery by link and patience", of("recovery:", "  steps: [link, waiting_period]"), []string{":4: platforms.acme.recovery.steps would be passed by a mail scanner"}},
	{"a step twice", of("recovery:", "  steps: [link, sms, link]"), []string{"recovery.steps has link twice"}},
	{"an unknown step", of("recovery:", "  steps: [link, pigeon]"), []string{`recovery.steps has "pigeon"`}},
	{"no step", of("recovery:", "  steps: []"), []string{"recovery.steps is a list: write a list like [link]"}},
	{"too many cases an hour", of("recovery:", "  per_hour: 31"), []string{"recovery.per_hour is 31: write a whole number from 1 to 30"}},
	{"pages in clear", of("recovery:", "  url: http://acme.example"), []string{`:4: platforms.acme.recovery.url is "http://acme.example": write an https:// address`}},
	{"pages with a slash at the end", of("recovery:", "  url: https://acme.example/"), []string{"without a slash at the end"}},
	{"pages with a query", of("recovery:", "  url: 'https://acme.example/r?a=b'"), []string{"a query or a fragment"}},
	{"pages with an empty query", of("recovery:", "  url: 'https://acme.example/r?'"), []string{"a query or a fragment"}},
	{"pages with a fragment", of("recovery:", "  url: 'https://acme.example/r#'"), []string{"a query or a fragment"}},
	{"a color without quotes, which is a comment", of("brand_color: #1f5fbf"), []string{":3: platforms.acme.brand_color is empty: write a text; what looks like a number or begins with #"}},
	{"a color by its name", of("brand_color: blue"), []string{`brand_color is "blue": write a color like "#1f5fbf"`}},
	{"a color that leaves its place in a style", of(`brand_color: "#1f5fbf;x:y"`), []string{"brand_color is"}},
	{"a logo that is an address", of("brand_logo: https://acme.example/logo.png"), []string{":3: platforms.acme.brand_logo is no logo"}},
	{"a logo that is a page", of("brand_logo: 'data:text/html;base64,PGI+'"), []string{"brand_logo is no logo"}},
	{"a logo in clear", of("brand_logo: 'data:image/svg+xml,<svg/>'"), []string{"brand_logo is no logo"}},
	{"a logo that is empty", of("brand_logo: 'data:image/png;base64,'"), []string{"brand_logo is no logo"}},
	{"a logo that is too large", of("brand_logo: data:image/png;base64," + strings.Repeat("AAAA", 16<<10/3+1)), []string{"brand_logo is no logo"}},
	{"a support case shorter than its wait", of("recovery:", "  support_wait: 48h", "  support_life: 24h"), []string{":5: platforms.acme.recovery.support_life is not more"}},
	{"guesses that come too often", of("guess:", "  max_wait: 20m"), []string{":4: platforms.acme.guess.first_wait and its neighbors let a guesser"}},
	{"guesses that a short window forgets", of("guess:", "  window: 1h"), []string{"let a guesser"}},
	{"too many codes that are right at once", of("totp:", "  back: 2", "  forward: 2"), []string{"let a guesser"}},
	{"every error at once, in order", "x: 1\nplatforms:\n  A: {}\n  acme:\n    brnd: x\n    required: maybe\n    guess: {free: 99}\n  b:\n    step_up: 1h\n", []string{
		":1: x is unknown", ":3: platforms has the name", ":5: platforms.acme.brnd", ":6: platforms.acme.required",
		":7: platforms.acme.guess.free is 99", ":9: platforms.b.step_up",
	}},
}

func TestFaults(t *testing.T) {
	for _, c := range faulty {
		t.Run(c.name, func(t *testing.T) {
			set, err := Parse("policy.yaml", []byte(c.content))
			var faults Faults
			if !errors.As(err, &faults) || set != nil {
				t.Fatalf("%v %v", set, err)
			}
			if len(faults) != len(c.want) {
				t.Fatalf("%d faults:\n%v", len(faults), faults)
			}
			for i, want := range c.want {
				if !strings.Contains(faults[i].Error(), want) {
					t.Errorf("%v\nhas no %q", faults[i], want)
				}
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range faulty {
		f.Add([]byte(c.content))
	}
	example, _ := os.ReadFile("testdata/example.yaml")
	f.Add(example)
	f.Fuzz(func(t *testing.T, content []byte) {
		set, err := Parse("f", content)
		if (set == nil) == (err == nil) {
			t.Fatal("neither a set nor an error, or both")
		}
	})
}
