package bounce

import (
	"net/mail"
	"strings"
	"testing"

	"countersign/pkg/events"
)

var (
	at        = Place{Platform: "acme", UserKey: events.UserKey("acme", "ann-1"), ID: events.DerivedID("n1"), Try: 2}
	platforms = []string{"globex", "acme"}
	key       = []byte("0123456789abcdef0123456789abcdef")
	paths     = NewPaths("bounces.acme.example", key)
)

func TestAReturnPathNamesItsTry(t *testing.T) {
	address := paths.Address(at)
	local, _, _ := strings.Cut(address, "@")
	if _, err := mail.ParseAddress(address); err != nil || len(local) != 64 {
		t.Fatalf("%s is no address, or its local part is not of 64 characters", address)
	}
	if strings.Contains(address, at.UserKey[:8]) || strings.Contains(address, at.ID[:8]) {
		t.Errorf("%s tells whose it is", address)
	}
	for _, way := range []string{address, strings.ToUpper(address), local + "@Bounces.ACME.example"} {
		if got, ok := paths.Read(way, platforms); !ok || got != at {
			t.Errorf("%s reads as %+v, %v", way, got, ok)
		}
	}
	for try := 1; try <= 31; try++ {
		one := at
		one.Try = try
		if got, ok := paths.Read(paths.Address(one), platforms); !ok || got != one {
			t.Errorf("try %d reads as %+v, %v", try, got, ok)
		}
	}
}

func TestAReturnPathThatNobodyMadeIsNone(t *testing.T) {
	address := paths.Address(at)
	for i := range 64 { // one letter is another
		changed := []byte(address)
		changed[i] = letters[(strings.IndexByte(letters, changed[i])+1)%32]
		if got, ok := paths.Read(string(changed), platforms); ok {
			t.Errorf("%s reads as %+v", changed, got)
		}
	}
	for name, c := range map[string]string{
		"another key's":       NewPaths("bounces.acme.example", []byte("another")).Address(at),
		"at another domain":   strings.Replace(address, "bounces.", "", 1),
		"shorter":             address[1:],
		"longer":              "a" + address,
		"without a domain":    address[:64],
		"an ordinary mailbox": "postmaster@bounces.acme.example",
		"none":                "",
	} {
		if got, ok := paths.Read(c, platforms); ok {
			t.Errorf("%s: reads as %+v", name, got)
		}
	}
	if _, ok := paths.Read(address, []string{"globex"}); ok {
		t.Error("it is another platform's as well")
	}
}

func TestAPlaceThatNoPathCanNameHasNone(t *testing.T) {
	for _, wrong := range []Place{
		{"acme", at.UserKey, "n-1", 1}, {"acme", "-", at.ID, 1}, {"acme", at.UserKey, at.ID, 0}, {"acme", at.UserKey, at.ID, 32}, {},
	} {
		if address := paths.Address(wrong); address != "" {
			t.Errorf("%+v: %s", wrong, address)
		}
	}
}
