package sqlitekeys_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/keytest"
	"countersign/pkg/worker/keyring/sqlitekeys"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, path string) *sqlitekeys.Store {
	t.Helper()
	s, err := sqlitekeys.Open(t.Context(), sqlitekeys.Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestStore(t *testing.T) {
	keytest.Run(t, func(t *testing.T) func() keyring.Store {
		path := filepath.Join(t.TempDir(), "keys & rings?.db")
		return func() keyring.Store { return open(t, path) }
	})
}

func TestKeysSurviveReopening(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.db")
	s := open(t, path)
	k := keyring.WrappedKey{Platform: "acme", UserKey: "u", Ref: keyring.Ref{Keyring: "r", Number: 1}, Wrapped: []byte("w")}
	if _, err := s.AddKey(t.Context(), keyring.Seed, k); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, path).Key(t.Context(), keyring.Seed, "acme", "u", k.Ref); err != nil {
		t.Fatal(err)
	}
}

func TestTheFileIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.db")
	open(t, path)
	for _, file := range []string{path, path + "-wal"} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", filepath.Base(file), info.Mode())
		}
	}
}

// What was removed stands neither in the file nor in its log: wrapped keys of a user who was erased must not be left to whoever
// gets hold of the disk and the keeper later.
func TestRemovedKeysAreInNoFile(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "keys.db"))
	canary := []byte("canary-5f1d0c7e9a3b48d2b6e1f0a9c8d7e6f5")
	for number := range 3 {
		k := keyring.WrappedKey{Platform: "acme", UserKey: "u", Ref: keyring.Ref{Keyring: "r", Number: number}, Wrapped: canary}
		if _, err := s.AddKey(t.Context(), keyring.Delivery, k); err != nil {
			t.Fatal(err)
		}
	}
	if !inFiles(t, dir, canary) {
		t.Fatal("the canary is not seen while it is there: the search is broken")
	}
	if err := s.RemoveUser(t.Context(), "acme", "u"); err != nil {
		t.Fatal(err)
	}
	if inFiles(t, dir, canary) {
		t.Error("the removed key is still in a file")
	}
	k := keyring.WrappedKey{Platform: "acme", UserKey: "u", Ref: keyring.Ref{Keyring: "r", Number: 1}, Wrapped: canary}
	if _, err := s.AddKey(t.Context(), keyring.Seed, k); err != nil {
		t.Fatal(err)
	}
	next := k
	next.Wrapped = []byte("anew")
	if _, err := s.ReplaceKey(t.Context(), keyring.Seed, k, next); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveKey(t.Context(), keyring.Seed, next); err != nil {
		t.Fatal(err)
	}
	if inFiles(t, dir, canary) {
		t.Error("what wrapped the key before is still in a file")
	}
}

// Of a keyring that was wrapped anew, renewed and deleted, no wrapped key of any time is left to whoever gets hold of the disk and the keeper.
func TestADeletedKeyringIsInNoFile(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "keys.db"))
	rings, err := keyring.Open(t.Context(), keyring.Config{Store: s, Keepers: keytest.NewKeepers(t), Writer: true})
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ref, err := rings.Create(t.Context(), "acme", "ann")
	must(err)
	_, err = rings.Create(t.Context(), "acme", "bob")
	must(err)
	var wrapped [][]byte
	look := func() {
		t.Helper()
		for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
			row, err := s.NewestKey(t.Context(), p, "acme", "ann")
			must(err)
			wrapped = append(wrapped, row.Wrapped)
			if !inFiles(t, dir, row.Wrapped) {
				t.Fatal("a key is not seen while it is there: the search is broken")
			}
		}
	}
	look()
	for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		_, err := rings.NewEpoch(t.Context(), p)
		must(err)
		must(rings.Rewrap(t.Context(), p, func(keyring.Progress) {}))
	}
	look()
	_, err = rings.Renew(t.Context(), "acme", "ann", ref)
	must(err)
	look()
	must(rings.Delete(t.Context(), "acme", "ann"))
	for i, key := range wrapped {
		if inFiles(t, dir, key) {
			t.Errorf("the wrapped key %d is still in a file", i)
		}
	}
	if _, err := s.NewestKey(t.Context(), keyring.Seed, "acme", "bob"); err != nil {
		t.Errorf("the other user's key: %v", err)
	}
}

func inFiles(t *testing.T, dir string, canary []byte) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, canary) || bytes.Contains(content, []byte(hex.EncodeToString(canary))) {
			return true
		}
	}
	return false
}
