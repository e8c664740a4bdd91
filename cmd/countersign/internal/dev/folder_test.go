package dev

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func open(t *testing.T, path string, fresh bool) *Folder {
	t.Helper()
	f, err := OpenFolder(path, fresh)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestAFolderKeepsItsKeysUntilItIsMadeFresh(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b")
	first := open(t, path, false)
	for _, k := range [][]byte{first.keys.Bus, first.keys.Seed, first.keys.Delivery, first.keys.Operator, first.keys.Worker, first.keys.Twilio} {
		if len(k) != 32 || bytes.Equal(k, make([]byte, 32)) {
			t.Errorf("a key of %d bytes", len(k))
		}
	}
	_ = first.Close()
	again := open(t, path, false)
	if !bytes.Equal(first.keys.Seed, again.keys.Seed) {
		t.Error("a restart has made other keys")
	}
	_ = again.Close()
	if fresh := open(t, path, true); bytes.Equal(first.keys.Seed, fresh.keys.Seed) {
		t.Error("the keys outlive --fresh")
	}
}

func TestAFolderIsForItsOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data")
	f := open(t, path, false)
	for name, most := range map[string]os.FileMode{"": 0o700, lockFile: 0o600, keysFile: 0o600} {
		info, err := os.Stat(f.Path(name))
		if err != nil || info.Mode().Perm()&^most != 0 {
			t.Errorf("%q: %v, %v", name, info.Mode(), err)
		}
	}
}

func TestAFolderServesOneProcess(t *testing.T) {
	path := t.TempDir()
	f := open(t, path, false)
	if _, err := OpenFolder(path, true); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Fatalf("opened twice: %v", err)
	}
	if _, err := os.Stat(f.Path(keysFile)); err != nil {
		t.Error("whoever could not have the folder has emptied it")
	}
	_ = f.Close()
	open(t, path, false)
}

func TestFreshRemovesNothingOfAnybodyElse(t *testing.T) {
	path := t.TempDir()
	f := open(t, path, false)
	for _, name := range append([]string{"thesis.txt"}, ours...) {
		if err := os.WriteFile(f.Path(name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_ = f.Close()
	f = open(t, path, true)
	for _, name := range ours {
		if _, err := os.Stat(f.Path(name)); err == nil && name != keysFile {
			t.Errorf("%s is still there", name)
		}
	}
	if _, err := os.Stat(f.Path("thesis.txt")); err != nil {
		t.Error(err)
	}
}

func TestBrokenKeysAreSaidWithTheRemedy(t *testing.T) {
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, keysFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFolder(path, false); err == nil || !strings.Contains(err.Error(), "--fresh") {
		t.Fatal(err)
	}
	open(t, path, true)
}

func TestTheDefaultFolderIsTheUsers(t *testing.T) {
	for _, c := range []struct{ state, home, want string }{
		{"/s", "/h", "/s/countersign/dev"},
		{"", "/h", "/h/.local/state/countersign/dev"},
		{"relative", "/h", "/h/.local/state/countersign/dev"},
	} {
		t.Setenv("XDG_STATE_HOME", c.state)
		t.Setenv("HOME", c.home)
		if got, err := DefaultFolder(); err != nil || got != c.want {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
	t.Setenv("HOME", "")
	if got, err := DefaultFolder(); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("without a home: %q, %v", got, err)
	}
}
