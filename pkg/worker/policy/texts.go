package policy

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

func line(least, most int) func(string) error {
	return func(s string) error {
		if len(s) < least || len(s) > most || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }) {
			return fmt.Errorf("is %d bytes long: write one line of %d to %d bytes", len(s), least, most)
		}
		return nil
	}
}

func issuer(s string) error {
	if strings.Contains(s, ":") {
		return fmt.Errorf("is %q: write it without a colon, which ends the issuer in an app's URI", s)
	}
	return line(1, 64)(s)
}

var languageTags = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)

func languageTag(s string) error {
	if !languageTags.MatchString(s) {
		return fmt.Errorf("is %q: write a language tag like en or pt-BR", s)
	}
	return nil
}

var colors = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

func color(s string) error {
	if s != "" && !colors.MatchString(s) {
		return fmt.Errorf("is %q: write a color like \"#1f5fbf\", in quotes", s)
	}
	return nil
}

func webAddress(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	local := err == nil && u.Scheme == "http" && slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname())
	if err != nil || u.Host == "" || u.User != nil || len(s) > 512 || u.Scheme != "https" && !local {
		return fmt.Errorf("is %q: write an https:// address of at most 512 bytes; http:// is for localhost", s)
	}
	return nil
}

// pagesAddress takes what paths are put after.
func pagesAddress(s string) error {
	if err := webAddress(s); err != nil {
		return err
	}
	if len(s) > 256 || strings.HasSuffix(s, "/") || strings.ContainsAny(s, "?#") {
		return fmt.Errorf("is %q: write at most 256 bytes without a slash at the end, a query or a fragment: paths follow it", s)
	}
	return nil
}
