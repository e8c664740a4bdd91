package keyring_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/worker/keyring"
	"pgregory.net/rapid"
)

func dataKey(number int) *keyring.DataKey {
	key := [32]byte{1, 2, 3}
	return keyring.NewDataKey(keyring.Ref{Keyring: "ring", Number: number}, keyring.Delivery, key)
}

func TestLengthsStayWithinTheirBounds(t *testing.T) {
	k := dataKey(1)
	for digits, want := range map[int]int{-1: 6, 0: 6, 5: 6, 6: 6, 7: 7, 8: 8, 9: 8} {
		if got := k.Code("c", 1, digits).Reveal(); len(got) != want {
			t.Errorf("%d digits asked: %d", digits, len(got))
		}
	}
	for size, want := range map[int]int{0: 20, 20: 20, 32: 32, 64: 64, 1 << 20: 64} {
		if got := k.TOTPSeed("e", size).Reveal(); len(got) != want {
			t.Errorf("%d bytes asked: %d", size, len(got))
		}
	}
}

func TestACodeMatchesItsSendingOnly(t *testing.T) {
	k := dataKey(1)
	code := k.Code("c1", 1, 8)
	if !k.MatchCode("c1", 1, 8, code) {
		t.Error("the code itself does not match")
	}
	for name, matches := range map[string]bool{
		"the next sending":  k.MatchCode("c1", 2, 8, code),
		"another challenge": k.MatchCode("c2", 1, 8, code),
		"fewer digits":      k.MatchCode("c1", 1, 6, code),
		"nothing":           k.MatchCode("c1", 1, 8, events.Secret{}),
		"a prefix":          k.MatchCode("c1", 1, 8, events.NewSecret(code.Reveal()[:7])),
		"more":              k.MatchCode("c1", 1, 8, events.NewSecret(code.Reveal()+"0")),
	} {
		if matches {
			t.Error(name + " matches")
		}
	}
}

func TestALinkTokenMatchesItsSendingOnly(t *testing.T) {
	k := dataKey(1)
	if !k.MatchLinkToken("r", 1, k.LinkToken("r", 1)) || k.MatchLinkToken("r", 1, k.LinkToken("r", 2)) {
		t.Error("link tokens do not belong to one sending")
	}
}

func TestARecoveryCodeMatchesHoweverItIsTyped(t *testing.T) {
	k := dataKey(1)
	code := k.RecoveryCode("s1", 7).Reveal()
	for _, typed := range []string{code, strings.ToUpper(code), strings.ReplaceAll(code, "-", ""), strings.ReplaceAll(code, "-", " "),
		strings.ReplaceAll(code, "-", "\u2013"), "\u00a0" + strings.ReplaceAll(code, "-", " - ") + "\r\n", strings.ReplaceAll(code, "-", "\u200b\u00ad")} {
		if got := k.MatchRecoveryCode("s1", 10, events.NewSecret(typed)); got != 7 {
			t.Errorf("typed another way it is number %d", got)
		}
	}
	for name, given := range map[string]events.Secret{
		"a code behind the set's end": k.RecoveryCode("s1", 10),
		"a code of another set":       k.RecoveryCode("s2", 7),
		"nothing":                     {},
	} {
		if got := k.MatchRecoveryCode("s1", 10, given); got != -1 {
			t.Errorf("%s is number %d", name, got)
		}
	}
}

// Lists of texts that join to the same bytes would let one secret stand for another.
func TestDerivationsDoNotRunTogether(t *testing.T) {
	k := dataKey(1)
	if k.RecoveryCode("s1", 11).Equal(k.RecoveryCode("s11", 1)) || k.LinkToken("a1", 1).Equal(k.LinkToken("a", 11)) {
		t.Error("two places have one secret")
	}
}

func TestSealedTextOpensAtItsPlaceOnly(t *testing.T) {
	place := keyring.Place{Stream: "acme/enrollment/u", Field: "contacts.email"}
	text := events.NewSecret("jo@example.org")
	sealed, err := dataKey(1).Seal(place, text)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := dataKey(1).Open(place, sealed); err != nil || !got.Equal(text) {
		t.Fatalf("its own place: %v", err)
	}
	for name, open := range map[string]func() (events.Secret, error){
		"another stream": func() (events.Secret, error) {
			return dataKey(1).Open(keyring.Place{Stream: "acme/enrollment/v", Field: place.Field}, sealed)
		},
		"another field": func() (events.Secret, error) {
			return dataKey(1).Open(keyring.Place{Stream: place.Stream, Field: "contacts.phone"}, sealed)
		},
		"shifted separators": func() (events.Secret, error) {
			return dataKey(1).Open(keyring.Place{Stream: place.Stream + "c", Field: "ontacts.email"}, sealed)
		},
		"another key number": func() (events.Secret, error) { return dataKey(2).Open(place, sealed) },
		"an altered number":  func() (events.Secret, error) { return dataKey(2).Open(place, renumbered(sealed, 2)) },
		"altered text":       func() (events.Secret, error) { return dataKey(1).Open(place, sealed[:30]+"AAAA"+sealed[34:]) },
	} {
		got, err := open()
		if !errors.Is(err, keyring.ErrForged) || !got.IsZero() {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// renumbered claims another key number below 256.
func renumbered(sealed string, number byte) string {
	raw, _ := base64.RawURLEncoding.DecodeString(sealed)
	raw[4] = number
	return base64.RawURLEncoding.EncodeToString(raw)
}

func TestSealingTwiceGivesTwoTexts(t *testing.T) {
	place, text := keyring.Place{Stream: "s", Field: "f"}, events.NewSecret("same")
	one, _ := dataKey(1).Seal(place, text)
	two, _ := dataKey(1).Seal(place, text)
	if one == two {
		t.Error("equal texts show")
	}
	if _, err := dataKey(1).Seal(keyring.Place{Stream: "s"}, text); err == nil {
		t.Error("sealed for no place")
	}
}

func TestAnythingSealedOpensAndGarbageNeverPanics(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		place := keyring.Place{Stream: rapid.StringN(1, 20, -1).Draw(t, "stream"), Field: rapid.StringN(1, 20, -1).Draw(t, "field")}
		text := events.NewSecret(rapid.String().Draw(t, "text"))
		sealed, err := dataKey(1).Seal(place, text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := dataKey(1).Open(place, sealed); err != nil || !got.Equal(text) {
			t.Fatal(err)
		}
		if _, err := dataKey(1).Open(place, rapid.String().Draw(t, "garbage")); err == nil {
			t.Fatal("garbage opened")
		}
	})
}

func FuzzARecoveryCodeIsFoundHoweverItIsTyped(f *testing.F) {
	k := dataKey(1)
	set := map[string]int{}
	for i := range 10 {
		set[keyring.BareRecoveryCode(k.RecoveryCode("s1", i)).Reveal()] = i
	}
	f.Add(k.RecoveryCode("s1", 3).Reveal())
	f.Add("\u017fAAA\u2013bbbb 2222\u00a07777")
	f.Fuzz(func(t *testing.T, typed string) {
		bare := keyring.BareRecoveryCode(events.NewSecret(typed))
		if again := keyring.BareRecoveryCode(bare); !again.Equal(bare) {
			t.Fatalf("%q gives %q, and that %q", typed, bare.Reveal(), again.Reveal())
		}
		want, known := set[bare.Reveal()]
		if !known {
			want = -1
		}
		if got := k.MatchRecoveryCode("s1", 10, events.NewSecret(typed)); got != want {
			t.Fatalf("%q is number %d, want %d", typed, got, want)
		}
	})
}
