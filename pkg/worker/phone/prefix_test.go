package phone

import (
	"testing"

	"countersign/pkg/events"
)

func TestAPrefixIsSharedByTenThousandNumbers(t *testing.T) {
	for _, c := range []struct{ name, number, want string }{
		{"a number", "+4915112345678", "491511"},
		{"one of a calling code of one digit", "+12025550123", "12025"},
		{"one of a calling code of three digits", "+420731123456", "4207311"},
		{"a short one keeps four digits to itself", "+29012345", "2901"},
		{"one of no number plan", "+2101234567", "21012"},
		{"no number", "nobody", ""},
		{"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := events.NewSecret(c.number)
			if got := Prefix(n); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if country, _ := Where(n); country != Country(n) {
				t.Errorf("it is in %q, and in %q", country, Country(n))
			}
		})
	}
}
