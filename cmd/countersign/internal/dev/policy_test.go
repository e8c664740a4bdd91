package dev

import (
	"log/slog"
	"os"
	"testing"
)

const (
	page      = "http://127.0.0.1:8080"
	otherPage = "http://127.0.0.1:4711"
)

// policyAt opens the folder's policy as a start at that address does: the pages of a recovery, and where they lead back.
func policyAt(t *testing.T, f *Folder, page string) (url, back string) {
	t.Helper()
	all, err := openPolicy(f, page, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	acme, ok := all.Of(Platform)
	if !ok {
		t.Fatal("there is no policy")
	}
	return acme.Recovery.URL, acme.ReturnURL
}

func TestTheLinksOfARecoveryFollowThePage(t *testing.T) {
	f := open(t, t.TempDir(), false)
	for _, at := range []string{page, otherPage} {
		if url, back := policyAt(t, f, at); url != at+"/recovery" || back != at+"/sign-in" {
			t.Errorf("at %s: %s, back %s", at, url, back)
		}
	}
}

func TestThePolicyFileIsTheUsersOwn(t *testing.T) {
	f := open(t, t.TempDir(), false)
	for name, c := range map[string]struct{ file, url string }{
		"of an older release": {"platforms:\n  acme:\n    brand: Acme\n    factors: [totp]\n", page + "/recovery"},
		"that names its own":  {"platforms: {acme: {recovery: {url: https://acme.example/recovery}}}\n", "https://acme.example/recovery"},
	} {
		if err := os.WriteFile(f.Path("policy.yaml"), []byte(c.file), 0o600); err != nil {
			t.Fatal(err)
		}
		if url, _ := policyAt(t, f, page); url != c.url {
			t.Errorf("%s: %s", name, url)
		}
		if now, _ := os.ReadFile(f.Path("policy.yaml")); string(now) != c.file {
			t.Errorf("%s: was changed to\n%s", name, now)
		}
	}
}
