package keyring_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/keytest"
	"countersign/pkg/worker/keyring/sqlitekeys"
)

// shapes are the ways in which bytes may show.
func shapes(secret []byte) [][]byte {
	decimal := strings.Trim(fmt.Sprint(secret), "[]")
	return [][]byte{
		secret, []byte(hex.EncodeToString(secret)), []byte(strings.ToUpper(hex.EncodeToString(secret))), []byte(decimal),
		[]byte(strings.ReplaceAll(decimal, " ", ",")), []byte(strings.Trim(fmt.Sprintf("%#v", secret), "[]byte{}")),
		[]byte(base64.RawStdEncoding.EncodeToString(secret)), []byte(base64.RawURLEncoding.EncodeToString(secret)),
	}
}

func shows(text []byte, secrets ...[]byte) bool {
	for _, s := range secrets {
		for _, shape := range shapes(s) {
			if bytes.Contains(text, shape) {
				return true
			}
		}
	}
	return false
}

func TestNothingPrintsAKey(t *testing.T) {
	f := newFixture(t)
	ref := f.create(t, user)
	key := load(t, f.rings, keyring.Delivery, user, ref)
	set := openKeySet(t, f.rings)
	secrets := append(keyring.RawSecrets(f.rings, set), keyring.RawKey(key))
	config := keyring.Config{Store: f.store, Keepers: f.keepers}
	for _, v := range []any{key, *key, f.rings, set, f.keepers, config, key.Code("c", 1, 8), key.TOTPSeed("e", 20), set.Public()} {
		secrets := append(secrets, []byte(key.Code("c", 1, 8).Reveal()), []byte(key.TOTPSeed("e", 20).Reveal()))
		if out := printed(v); shows(out, secrets...) {
			t.Errorf("%T shows a secret", v)
		}
	}
}

// printed is v in every way in which a log line or an error could come to hold it.
func printed(v any) []byte {
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n", v)
		fmt.Fprintf(&out, verb+"\n", []any{v})
		fmt.Fprintf(&out, verb+"\n", struct{ V any }{v})
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("text", "v", v)
	if _, secret := v.(events.Secret); !secret { // a Secret is sent as JSON, on purpose
		slog.New(slog.NewJSONHandler(&out, nil)).Info("json", "v", v)
		_ = json.NewEncoder(&out).Encode(v)
	}
	return out.Bytes()
}

// The canaries are the keys themselves: nothing from which a secret follows without the keeper is in the store's files.
func TestTheStoresFilesHoldNoKeyInClear(t *testing.T) {
	dir := t.TempDir()
	store, err := sqlitekeys.Open(t.Context(), sqlitekeys.Config{Path: filepath.Join(dir, "keys.db")})
	if err != nil {
		t.Fatal(err)
	}
	r, err := keyring.Open(t.Context(), keyring.Config{Store: store, Keepers: keytest.NewKeepers(t), Writer: true})
	if err != nil {
		t.Fatal(err)
	}
	ref, err := r.Create(t.Context(), platform, user)
	if err != nil {
		t.Fatal(err)
	}
	secrets := keyring.RawSecrets(r, openKeySet(t, r))
	for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		secrets = append(secrets, keyring.RawKey(load(t, r, p, user, ref)))
	}
	if !filesShow(t, dir, []byte(ref.Keyring)) {
		t.Fatal("the keyring's id is not found: the search is broken")
	}
	if filesShow(t, dir, secrets...) {
		t.Error("a key stands in clear in a file")
	}
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}

func filesShow(t *testing.T, dir string, secrets ...[]byte) (found bool) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		found = found || shows(content, secrets...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestAKeepersURLIsInNoError(t *testing.T) {
	const secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
	for name, url := range map[string]string{
		"a key that is too short": "base64key://" + secret,
		"a parameter":             "base64key://" + secret + "?x=" + secret,
		"no key":                  "base64key://",
		"an unknown scheme":       "nokms://" + secret,
		"no scheme":               secret,
		"no URL":                  "base64key://\x7f" + secret,
		"nothing":                 "",
	} {
		keeper, err := keyring.OpenKeeper(context.Background(), events.NewSecret(url))
		if err == nil {
			t.Errorf("%s: opened", name)
			_ = keeper.Close()
			continue
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error shows the URL", name)
		}
	}
}
