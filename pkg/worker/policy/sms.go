package policy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"golang.org/x/text/language"
)

// SMS is about texts.
type SMS struct {
	// Countries are where texts go, as ISO 3166-1 alpha-2 codes; numbers of others are refused. Default: all. Numbers of no country, such as
	// those of satellites, and what costs more than a text are refused under every list.
	Countries []string
	// Host is where users type the code of a login or an enrollment: phones offer it there alone, because the last line of its text names
	// it. A DNS name of at most 48 bytes, without a port. Default: none, and no such line. The pages of a recovery have their own.
	Host string
}

// AllCountries is what Countries holds where texts go everywhere.
const AllCountries = "all"

// countries takes codes of ISO 3166-1, or AllCountries alone.
func countries(list []string) error {
	if len(list) == 0 {
		return errors.New("is empty: write [all] or countries, such as [DE, AT]; for no texts leave sms out of factors")
	}
	for i, code := range list {
		switch {
		case slices.Contains(list[:i], code):
			return fmt.Errorf("has %s twice: write it once", code)
		case code == AllCountries && len(list) > 1:
			return errors.New("has all beside others: write [all] or the countries")
		}
		if err := country(code); err != nil {
			return err
		}
	}
	return nil
}

func country(code string) error {
	region, err := language.ParseRegion(code)
	right := region.Canonicalize().String()
	switch {
	case code == AllCountries, err == nil && region.IsCountry() && right == code:
		return nil
	case err == nil && region.IsCountry() && len(code) == 2: // de, UK
		return fmt.Errorf("has %q: write %s", code, right)
	}
	return fmt.Errorf("has %q: write a code of ISO 3166-1 such as DE", code)
}

const maxHost = 48 // beside it a text has room for a code of eight digits, its life and a brand of nine letters

var hosts = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$`)

func host(s string) error {
	if s != "" && s != "localhost" && (len(s) > maxHost || !hosts.MatchString(s)) {
		return fmt.Errorf("is %q: write a DNS name such as app.acme.example, in lower case, of at most %d bytes, without https:// and port", s, maxHost)
	}
	return nil
}
