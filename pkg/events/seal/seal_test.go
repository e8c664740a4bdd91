package seal_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/seal"
)

// The vectors were made by an implementation of RFC 9180 that is not this one.
func TestVectorsOpen(t *testing.T) {
	text, err := os.ReadFile("../testdata/seal.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Name, Platform, User, Type, ID, Field, Text, Sealed string
		PrivateKey                                          string `json:"private_key"`
		PublicKey                                           string `json:"public_key"`
	}
	if err := json.Unmarshal(text, &list); err != nil || len(list) == 0 {
		t.Fatalf("read vectors: %v", err)
	}
	for _, v := range list {
		raw, _ := hex.DecodeString(v.PrivateKey)
		key, err := seal.ParsePrivateKey(raw)
		if err != nil || hex.EncodeToString(key.Public()) != v.PublicKey {
			t.Fatalf("%s: key: %v", v.Name, err)
		}
		p := seal.Place{Platform: v.Platform, User: v.User, Type: v.Type, ID: v.ID, Field: v.Field}
		if got, err := key.Open(p, v.Sealed); err != nil || got.Reveal() != v.Text {
			t.Errorf("%s: got %q, %v", v.Name, got.Reveal(), err)
		}
	}
}

func newKey(t *testing.T) seal.PrivateKey {
	t.Helper()
	key, err := seal.NewPrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

var place = seal.Place{Platform: "acme", User: "u-1842", Type: "countersign.attempt.submitted.v1", ID: "ch-1", Field: "code"}

func TestASealedTextOpensAtItsPlaceOnly(t *testing.T) {
	key := newKey(t)
	sealed, err := seal.Seal(key.Public(), place, events.NewSecret("492039"))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := key.Open(place, sealed); err != nil || text.Reveal() != "492039" {
		t.Fatalf("got %q, %v", text.Reveal(), err)
	}
	for name, move := range map[string]func(*seal.Place){
		"another platform": func(p *seal.Place) { p.Platform = "globex" },
		"another user":     func(p *seal.Place) { p.User = "u-1843" },
		"another type":     func(p *seal.Place) { p.Type = "countersign.enrollment.code_submitted.v1" },
		"another id":       func(p *seal.Place) { p.ID = "ch-2" },
		"another field":    func(p *seal.Place) { p.Field = "email" },
	} {
		other := place
		move(&other)
		if text, err := key.Open(other, sealed); !errors.Is(err, seal.ErrOpen) || !text.IsZero() {
			t.Errorf("%s: got %q, %v", name, text.Reveal(), err)
		}
	}
}

func TestWhatWasChangedDoesNotOpen(t *testing.T) {
	key := newKey(t)
	sealed, _ := seal.Seal(key.Public(), place, events.NewSecret("492039"))
	raw, _ := base64.StdEncoding.DecodeString(sealed)
	for i := range raw {
		spoilt := bytes.Clone(raw)
		spoilt[i] ^= 0x80
		if _, err := key.Open(place, base64.StdEncoding.EncodeToString(spoilt)); !errors.Is(err, seal.ErrOpen) {
			t.Fatalf("byte %d: %v", i, err)
		}
	}
	for _, text := range []string{"", "A", "====", "AAAA", sealed + "!", base64.StdEncoding.EncodeToString(make([]byte, 48))} {
		if _, err := key.Open(place, text); !errors.Is(err, seal.ErrOpen) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := newKey(t).Open(place, sealed); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("another key: %v", err)
	}
	if _, err := (seal.PrivateKey{}).Open(place, sealed); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("no key: %v", err)
	}
}

func TestPlacesThatCouldBeConfusedAreRefused(t *testing.T) {
	key := newKey(t)
	for name, p := range map[string]seal.Place{
		"a NUL":         {Platform: "acme", User: "u\x00x", Type: "t", ID: "i", Field: "code"},
		"an empty part": {Platform: "acme", User: "u", Type: "t", Field: "code"},
	} {
		if _, err := seal.Seal(key.Public(), p, events.NewSecret("1")); err == nil {
			t.Errorf("%s: sealed", name)
		}
		if _, err := key.Open(p, ""); err == nil {
			t.Errorf("%s: opened", name)
		}
	}
	if _, err := seal.Seal([]byte("short"), place, events.NewSecret("1")); err == nil {
		t.Error("sealed to what is no key")
	}
}

func TestDeadLettersAreAWorldOfTheirOwn(t *testing.T) {
	key := newKey(t)
	letter, err := seal.SealBytes(key.Public(), []byte("mfa.acme.dead.verify.login.started"), []byte(`{"user":`))
	if err != nil {
		t.Fatal(err)
	}
	got, err := key.OpenBytes([]byte("mfa.acme.dead.verify.login.started"), letter)
	if err != nil || string(got) != `{"user":` {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := key.OpenBytes([]byte("elsewhere"), letter); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("elsewhere: %v", err)
	}
	aad := []byte(strings.Join([]string{place.Platform, place.User, place.Type, place.ID, place.Field}, "\x00"))
	letter, _ = seal.SealBytes(key.Public(), aad, []byte("492039"))
	if _, err := key.Open(place, base64.StdEncoding.EncodeToString(letter)); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("a dead letter opened as a field: %v", err)
	}
}

func TestAKeyComesBackAndIsNeverPrinted(t *testing.T) {
	key := newKey(t)
	raw, err := key.Bytes()
	if err != nil || len(raw) != 32 {
		t.Fatalf("%d bytes, %v", len(raw), err)
	}
	again, err := seal.ParsePrivateKey(raw)
	if err != nil || !bytes.Equal(again.Public(), key.Public()) {
		t.Errorf("another key came back: %v", err)
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s %x %d %v", key, key, key, key, key, key, struct{ k seal.PrivateKey }{key})
	slog.New(slog.NewJSONHandler(&out, nil)).Info("a", "key", key, "pointer", &key)
	text, _ := json.Marshal(key)
	out.Write(text)
	for _, form := range []string{string(raw), hex.EncodeToString(raw), fmt.Sprint(raw)[1:20], base64.StdEncoding.EncodeToString(raw)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("printed: %s", out.String())
		}
	}
	if _, err := seal.ParsePrivateKey(raw[:31]); err == nil {
		t.Error("31 bytes were taken for a key")
	}
}
