package canary

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const secret = "nightingale-7"

func TestACanaryIsFoundHoweverItIsWritten(t *testing.T) {
	c := New("bird", secret)
	for name, write := range map[string]func([]byte) string{
		"as it is":          func(b []byte) string { return string(b) },
		"hex":               hex.EncodeToString,
		"upper-case hex":    func(b []byte) string { return strings.ToUpper(hex.EncodeToString(b)) },
		"base64":            base64.StdEncoding.EncodeToString,
		"base64url":         base64.RawURLEncoding.EncodeToString,
		"base32":            base32.StdEncoding.EncodeToString,
		"lower-case base32": func(b []byte) string { return strings.ToLower(base32.StdEncoding.EncodeToString(b)) },
	} {
		for before := range 16 {
			text := strings.Repeat("~", before) + secret + "~~~"
			if len(c.Find([]byte("\x00\xff"+write([]byte(text))+"?"))) == 0 {
				t.Errorf("%s behind %d bytes: not found", name, before)
			}
		}
	}
	for _, text := range []string{"", "nightingale", "nightingale-8", strings.ToUpper(secret)} {
		if found := c.Find([]byte(text)); found != nil {
			t.Errorf("%q: %v", text, found)
		}
	}
}

func TestDigitsAreFoundUnlessTheyArePartOfALongerNumber(t *testing.T) {
	c := New("code", "48215937")
	for text, want := range map[string]bool{
		`"48215937"`: true, "48215937": true, "x48215937x": true, "148215937, 48215937": true,
		"148215937": false, "482159370": false, "0.482159371Z": false, "4821593": false,
	} {
		if got := c.Find([]byte(text)) != nil; got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestEveryFileOfAFolderIsLookedThrough(t *testing.T) {
	folder := t.TempDir()
	if err := os.MkdirAll(filepath.Join(folder, "deep", "deeper"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "deep", "deeper", "file"), []byte("a "+secret+" sings"), 0o600); err != nil {
		t.Fatal(err)
	}
	found, err := FindInFolder(folder, []Canary{New("bird", secret), New("other", "blackbird")})
	if err != nil || len(found) != 1 || found[0] != "/deep/deeper/file: bird as it is" {
		t.Errorf("got %q, %v", found, err)
	}
}
