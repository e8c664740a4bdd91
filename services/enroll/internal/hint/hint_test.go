package hint_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"countersign/pkg/events"
	"countersign/services/enroll/internal/hint"
)

func TestEmail(t *testing.T) {
	for _, c := range []struct{ name, address, want string }{
		{"keeps the first letter and the domain", "jane.doe@example.org", "j•••@example.org"},
		{"hides how long the name is", "jo@example.org", "j•••@example.org"},
		{"hides a name of one letter", "j@example.org", "•••@example.org"},
		{"reads a letter that is not ASCII", "éva@example.org", "é•••@example.org"},
		{"takes the last at sign for the domain", "a@b@example.org", "a•••@example.org"},
		{"keeps a domain that is not ASCII", "jane@bücher.example", "j•••@bücher.example"},
		{"hides a domain that could turn text around", "jane@\u202egro.elpmaxe", "•••"},
		{"hides what is no address", "jane.doe", "•••"},
		{"hides a name that starts with a sign", "+jane@example.org", "•••@example.org"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := hint.Email(events.NewSecret(c.address)); got != c.want {
				t.Fatalf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPhone(t *testing.T) {
	for _, c := range []struct{ name, number, want string }{
		{"keeps the last four digits", "+15005551234", "•••• 1234"},
		{"hides how long the number is", "+491701234", "•••• 1234"},
		{"keeps two of a short number", "+2901234", "•••• 34"},
		{"hides what is no number", "+1500CALLME", "••••"},
		{"hides what is too short for one", "+12345", "••••"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := hint.Phone(events.NewSecret(c.number)); got != c.want {
				t.Fatalf("got %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzHints(f *testing.F) {
	f.Add("jane.doe@example.org")
	f.Add("+15005551234")
	f.Fuzz(func(t *testing.T, text string) {
		secret := events.NewSecret(text)
		address := !secret.IsZero() && events.CheckEmail("email", secret) == nil
		number := !secret.IsZero() && events.CheckPhone("phone", secret) == nil
		for _, h := range []string{hint.Email(secret), hint.Phone(secret)} {
			if (address || number) && strings.Contains(h, text) {
				t.Fatalf("%q stands in its hint %q", text, h)
			}
			if utf8.ValidString(text) && !utf8.ValidString(h) {
				t.Fatalf("the hint of %q is not UTF-8", text)
			}
		}
	})
}
