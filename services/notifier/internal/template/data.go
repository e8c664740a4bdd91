package template

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/pkg/events"
)

func (d Data) checkBrand() error {
	length := utf8.RuneCountInString(d.Brand)
	switch {
	case !utf8.ValidString(d.Brand) || length < 1 || length > maxBrand:
		return fmt.Errorf("brand: want 1 to %d characters", maxBrand)
	case strings.ContainsFunc(d.Brand, unicode.IsControl): // a line break would end the subject's header
		return errors.New("brand: has a control character")
	}
	return nil
}

// check holds what is there against what the template brings.
func (d Data) check(k kind, w words) error {
	return errors.Join(
		d.checkOne("code", k.has(codeName), !d.Code.IsZero(), digits(d.Code.Reveal()), "6 to 8 digits"),
		d.checkOne("link", k.has(linkName), !d.Link.IsZero(), address(d.Link), "an address"),
		d.checkOne("cancel", k.has(cancelName), !d.Cancel.IsZero(), address(d.Cancel) || d.Cancel.IsZero() && w.UnstoppableShort != "", "an address"),
		d.checkOne("minutes", k.has(lifeName), d.Minutes != 0, d.Minutes > 0, "at least 1"),
		d.checkOne("wait", k.has(waitName), d.Wait != 0, d.Wait > 0, "more than nothing"),
	)
}

// checkOne says what is wrong and never what is there: it may be a secret.
func (d Data) checkOne(name string, brings, there, right bool, want string) error {
	switch {
	case brings && !right:
		return fmt.Errorf("%s: want %s", name, want)
	case !brings && there && name != "minutes": // a notice has a life as well, which it does not tell
		return fmt.Errorf("%s: this template has none", name)
	}
	return nil
}

func digits(code string) bool {
	return len(code) >= 6 && len(code) <= 8 && strings.Trim(code, "0123456789") == ""
}

// address lets through what a text and a mail can hold as it is.
func address(link events.Secret) bool {
	u, err := url.Parse(link.Reveal())
	unprinted := func(r rune) bool { return r <= ' ' || r > '~' || r == '`' }
	return err == nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") && !strings.ContainsFunc(link.Reveal(), unprinted)
}

// segments is how many a text may take: a link does not fit beside its sentence.
func (d Data) segments() int {
	if d.Cancel.IsZero() {
		return 1
	}
	return 2
}
