package events_test

import (
	"strings"
	"testing"

	"countersign/pkg/events"
)

func TestUsersAreOpaqueTexts(t *testing.T) {
	for name, c := range map[string]struct {
		user string
		ok   bool
	}{
		"one byte":              {"u", true},
		"256 bytes":             {strings.Repeat("u", 256), true},
		"257 bytes":             {strings.Repeat("u", 257), false},
		"129 letters of two":    {strings.Repeat("ü", 129), false},
		"none":                  {"", false},
		"a space inside":        {"a b", true},
		"a NUL":                 {"a\x00b", false},
		"a line break":          {"a\nb", false},
		"bytes that are no UTF": {"a\xffb", false},
		"a control of C1":       {"a\u0085b", false},
	} {
		if err := events.CheckUser(c.user); (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMailAddresses(t *testing.T) {
	for text, ok := range map[string]bool{
		"": true, "name@example.com": true, "first.last+tag@mail.example.co.uk": true, "ünï@example.com": true,
		"name": false, "name@": false, "@example.com": false, "name@localhost": false, "Name <name@example.com>": false,
		"a@example.com, b@example.com": false, "name@example.com\r\nBcc: b@example.com": false, "name@[127.0.0.1]": false,
		" name@example.com": false, strings.Repeat("x", 250) + "@example.com": false, "name@.com": false,
	} {
		if err := events.CheckEmail("email", events.NewSecret(text)); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestPhoneNumbers(t *testing.T) {
	for text, ok := range map[string]bool{
		"": true, "+15005550006": true, "+4915112345678": true, "+1234567": true,
		"15005550006": false, "+0151123456": false, "+1 500 555 0006": false, "+123456": false, "+1234567890123456": false,
		"+15005550006\n": false, "＋15005550006": false,
	} {
		if err := events.CheckPhone("phone", events.NewSecret(text)); (err == nil) != ok {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestChecksNeverHoldTheValue(t *testing.T) {
	const canary = "canary-8315"
	for _, err := range []error{
		events.CheckEmail("email", events.NewSecret(canary)),
		events.CheckPhone("phone", events.NewSecret(canary)),
		events.CheckUser(canary + "\x00"),
		events.Text("reason", canary, 3),
		events.OneOf("factor", events.Factor(canary), events.TOTP),
		events.Word("template", canary),
	} {
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("got %v", err)
		}
	}
}

func TestUserIDsThatLookPersonal(t *testing.T) {
	for id, personal := range map[string]bool{
		"name@example.com": true, "name@corp": true, "mailto:name@example.com": true, "name%40example.com": true,
		"name＠example.com": true, " name@example.com ": true,
		"+15005550006": true, "+49 151 1234 5678": true, "004915112345678": true, "0151-1234567": true, "01511234567": true,
		"(500) 555-0006": true, "500-555-0006": true, "tel:+15005550006": true, "15005550006": true, "%2B15005550006": true,

		"u-1842": false, "1842": false, "1234567890": false, "1234567890123456789": false, "@handle": false, "a@": false,
		"550e8400-e29b-41d4-a716-446655440000": false, "01HZX3V7Q0Z6": false, "auth0|5f7c8ec7c33c6c004bbafe82": false,
		"2026-01-02-17": false, "": false, "00": false, "+": false, "000000000001": false,
		"k3fq7h2mznb4x6w5a2c7d3e4fg": false, "C02-1842-77": false,
	} {
		if got := events.LooksPersonal(id); got != personal {
			t.Errorf("%q: got %v", id, got)
		}
	}
}
