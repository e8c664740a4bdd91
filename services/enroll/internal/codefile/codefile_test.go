package codefile

import (
	"strings"
	"testing"
	"time"

	"countersign/pkg/events"
)

func set(locale string) Set {
	return Set{
		Platform: "acme", Brand: "Acme & Co", Locale: locale, Made: time.Date(2026, 11, 21, 23, 30, 0, 0, time.FixedZone("", -7200)),
		Codes: []events.Secret{events.NewSecret("abcd-efgh-ijkl-mnop"), events.NewSecret("qrst-uvwx-yz23-4567")},
	}
}

func TestTheFileIsReadable(t *testing.T) {
	want := `Recovery codes for Acme & Co
Made on 2026-11-22 (UTC).

Each code works once, in place of the code from your device. Keep them somewhere else than on that device.

 1.  abcd-efgh-ijkl-mnop
 2.  qrst-uvwx-yz23-4567

A new set, made in your account's settings, replaces these codes.
`
	if got := set("en").Text().Reveal(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if name := set("en").Name(); name != "acme-recovery-codes.txt" {
		t.Errorf("its name is %q", name)
	}
}

func TestTheFileIsInTheUsersLanguage(t *testing.T) {
	for locale, begins := range map[string]string{
		"cs": "Záchranné kódy pro Acme", "cs-CZ": "Záchranné kódy pro Acme", "de-CH": "Wiederherstellungscodes für Acme",
		"fr": "Recovery codes for Acme", "": "Recovery codes for Acme",
	} {
		text := set(locale).Text().Reveal()
		if !strings.HasPrefix(text, begins) || !strings.Contains(text, "abcd-efgh-ijkl-mnop") || strings.Contains(text, "%!") {
			t.Errorf("%q reads\n%s", locale, text)
		}
	}
}
