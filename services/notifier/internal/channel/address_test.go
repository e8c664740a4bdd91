package channel

import (
	"strings"
	"testing"
)

func TestIsEmail(t *testing.T) {
	for text, want := range map[string]bool{
		"dana@example.com":                    true,
		"dana+mfa@example.com":                true,
		"грета@example.com":                   true,
		"Dana <dana@example.com>":             false,
		"<dana@example.com>":                  false,
		"a@example.com, b@example.com":        false,
		"a@example.com\r\nBcc: b@example.com": false,
		"\"a b\"@example.com":                 false,
		"dana":                                false,
		"":                                    false,
		strings.Repeat("a", 250) + "@example.com": false,
		"dana@example.com ":                       false,
	} {
		if got := IsEmail(text); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

func TestIsPhone(t *testing.T) {
	for text, want := range map[string]bool{
		"+15551230199": true, "+4915112345678": true, "15551230199": false, "+0551230199": false, "+1555 1230199": false,
		"+15551230199\n": false, "+1555": false, "+1234567890123456": false, "": false,
	} {
		if got := IsPhone(text); got != want {
			t.Errorf("%q: got %v", text, got)
		}
	}
}
