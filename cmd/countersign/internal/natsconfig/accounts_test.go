package natsconfig_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/cmd/countersign/internal/natsconfig"
	"github.com/nats-io/nats.go"
)

func accounts(dir string) natsconfig.Config {
	return config(natsconfig.Config{Accounts: natsconfig.Accounts{Dir: dir, Make: true}})
}

// files are the paths, below dir, and texts of what it holds.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		about, err := d.Info()
		if err != nil {
			return err
		}
		if about.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, about.Mode())
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestASecondRunChangesNothing(t *testing.T) {
	c := accounts(t.TempDir())
	first := written(t, c)
	were := files(t, c.Accounts.Dir)
	c.Accounts.Make = false
	if written(t, c) != first {
		t.Error("the configuration differs")
	}
	for name, text := range files(t, c.Accounts.Dir) {
		if were[name] != text {
			t.Errorf("%s differs", name)
		}
	}
	if len(were) != 1+1+4+15 { // seed, operator, accounts, users
		t.Errorf("got %d files", len(were))
	}
	for name, text := range were {
		seed := strings.Contains(text, "SO") || strings.Contains(text, "SA") || strings.Contains(text, "NKEY SEED")
		if secret := name == "operator.nk" || strings.HasPrefix(name, "creds/"); secret && strings.Contains(first, strings.TrimSpace(text)) || secret && !seed {
			t.Errorf("%s shows, or holds no seed", name)
		}
	}
}

// A credential may be taken away from the folder, and a platform may come, without anything else being signed anew.
func TestOnlyWhatIsNewIsSigned(t *testing.T) {
	c := accounts(t.TempDir())
	written(t, c)
	if err := os.RemoveAll(filepath.Join(c.Accounts.Dir, "creds")); err != nil {
		t.Fatal(err)
	}
	were := files(t, c.Accounts.Dir)
	c.Platforms = append(c.Platforms, "gamma")
	written(t, c)
	var changed []string
	for name, text := range files(t, c.Accounts.Dir) {
		if were[name] != text {
			changed = append(changed, name)
		}
	}
	slices.Sort(changed)
	want := []string{
		"accounts/gamma.jwt", "creds/gamma.admin.creds", "creds/gamma.approver.creds", "creds/gamma.login.creds", "creds/gamma.settings.creds",
		"creds/gamma.support.creds",
	}
	if !slices.Equal(changed, want) {
		t.Errorf("changed %q", changed)
	}
}

func TestKeysAreMadeAndBelievedOnlyAsToldTo(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, c *natsconfig.Config)
		want  string
	}{
		"nothing is there": {func(_ *testing.T, c *natsconfig.Config) { c.Accounts.Dir += "/other"; c.Accounts.Make = false }, "--make-keys"},
		"a platform is new": {func(_ *testing.T, c *natsconfig.Config) {
			c.Platforms, c.Accounts.Make = append(c.Platforms, "gamma"), false
		}, "gamma.jwt is missing"},
		"others may read the seed": {func(t *testing.T, c *natsconfig.Config) {
			must(t, os.Chmod(filepath.Join(c.Accounts.Dir, "operator.nk"), 0o640))
		}, "others may read"},
		"the seed is lost": {func(t *testing.T, c *natsconfig.Config) {
			must(t, os.Remove(filepath.Join(c.Accounts.Dir, "operator.nk")))
		}, "put it back"},
		"the seed is another's": {func(t *testing.T, c *natsconfig.Config) {
			must(t, os.Remove(filepath.Join(c.Accounts.Dir, "operator.nk")))
			other := accounts(t.TempDir())
			written(t, other)
			must(t, os.Rename(filepath.Join(other.Accounts.Dir, "operator.nk"), filepath.Join(c.Accounts.Dir, "operator.nk")))
		}, "another operator has signed it"},
		"the seed is none": {func(t *testing.T, c *natsconfig.Config) { put(t, c.Accounts.Dir, "operator.nk", "SOMETHING") }, "operator.nk"},
		"an account was changed by hand": {func(t *testing.T, c *natsconfig.Config) {
			path := filepath.Join(c.Accounts.Dir, "accounts", "acme.jwt")
			text, err := os.ReadFile(path)
			must(t, err)
			must(t, os.WriteFile(path, append(text[:len(text)-9], "AAAAAAAA\n"...), 0o600))
		}, "acme.jwt"},
		"a user that is not": {func(_ *testing.T, c *natsconfig.Config) { c.Accounts.Renew = []string{"acme.owner"} }, "no such user"},
	} {
		t.Run(name, func(t *testing.T) {
			one := accounts(t.TempDir())
			written(t, one)
			c.spoil(t, &one)
			err := natsconfig.Write(new(strings.Builder), one)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Rights are the configuration's, not the credential's: who keeps an old one has no older rights.
func TestACredentialHasTheRightsOfTheConfigurationThatTheServerHasRead(t *testing.T) {
	wide := allUsers(t)
	for i := range wide {
		if wide[i].Name == "acme.login" {
			wide[i].Publish = append(slices.Clone(wide[i].Publish), "mfa.acme.in.factor.reset_requested")
		}
	}
	s := serve(t, "with accounts", wide)
	login, _ := userOf(allUsers(t), "acme.login")
	reset := []deed{publish("mfa.acme.in.factor.reset_requested", "acme.login")}
	if faults := s.judge(t, login, reset); len(faults) > 0 {
		t.Fatal(faults)
	}
	must(t, s.server.ReloadOptions(s.options(t, nil)))
	reset[0].may = nil
	if faults := s.judge(t, login, reset); len(faults) > 0 {
		t.Error(faults)
	}
}

func userOf(all []natsconfig.User, name string) (natsconfig.User, bool) {
	i := slices.IndexFunc(all, func(u natsconfig.User) bool { return u.Name == name })
	return all[max(i, 0)], i >= 0
}

func TestWhatWasRenewedIsRefusedFromTheNextReloadOn(t *testing.T) {
	s := serve(t, "with accounts", nil)
	creds := filepath.Join(s.dir, "keys", "creds")
	old := filepath.Join(creds, "acme.old.creds")
	must(t, os.Link(filepath.Join(creds, "acme.login.creds"), old))
	ended := make(chan struct{})
	s.connect(t, "acme.old", nats.NoReconnect(), nats.DisconnectErrHandler(func(*nats.Conn, error) { close(ended) }))
	s.connect(t, "acme.settings", nats.NoReconnect(), nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
		if err != nil {
			t.Errorf("another user is disconnected: %v", err)
		}
	}))

	s.conf.Accounts.Make, s.conf.Accounts.Renew = false, []string{"acme.login"}
	must(t, s.server.ReloadOptions(s.options(t, nil)))
	<-ended
	if _, err := s.dial(t, "acme.old"); !errors.Is(err, nats.ErrAuthorization) {
		t.Errorf("the old one: %v", err)
	}
	s.connect(t, "acme.login")
	s.connect(t, "acme.settings")
}

// A seed of the house's account could sign users who may do everything; there is none, and the operator's is no user's.
func TestNoFileSignsAUserButTheOperators(t *testing.T) {
	c := accounts(t.TempDir())
	written(t, c)
	for name, text := range files(t, c.Accounts.Dir) {
		for _, line := range strings.Split(text, "\n") {
			if strings.HasPrefix(line, "SA") && len(line) == 58 {
				t.Errorf("%s holds the seed of an account", name)
			}
		}
	}
}
