package natsconfig_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"countersign/cmd/countersign/internal/natsconfig"
	"countersign/pkg/worker/bus/embedded"
	"github.com/nats-io/nats-server/v2/server"
	"golang.org/x/crypto/bcrypt"
)

func config(c natsconfig.Config) natsconfig.Config {
	c.Name, c.Listen, c.StoreDir, c.Cert, c.Key = "bus-0", "127.0.0.1:4222", "/data", "/tls/it's \"the\" crt", "/tls/key"
	c.Platforms = []string{"acme", "beta-2"}
	return c
}

func written(t *testing.T, c natsconfig.Config) string {
	t.Helper()
	var text strings.Builder
	if err := natsconfig.Write(&text, c); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// read is what a nats-server makes of the text.
func read(t *testing.T, text string) *server.Options {
	t.Helper()
	// Certificates are files of the server's machine; the rest is read as it stands.
	begin, end := strings.Index(text, "tls {"), strings.Index(text, "jetstream {")
	if begin >= 0 {
		text = text[:begin] + text[end:]
	}
	path := filepath.Join(t.TempDir(), "nats.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	options, err := server.ProcessConfigFile(path)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return options
}

func variables(t *testing.T) (users []natsconfig.User) {
	t.Helper()
	users, err := natsconfig.Users([]string{"acme", "beta-2"})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		t.Setenv(natsconfig.Variable(u.Name), "password-of-"+u.Name)
	}
	t.Setenv(natsconfig.StoreKey, "key-of-the-store")
	return users
}

func TestAServerReadsItAsTheTablesHaveIt(t *testing.T) {
	users := variables(t)
	text := written(t, config(natsconfig.Config{Monitor: "127.0.0.1:8222"}))
	o := read(t, text)
	if o.ServerName != "bus-0" || o.Host != "127.0.0.1" || o.Port != 4222 || o.HTTPPort != 8222 || o.NoAuthUser != "" {
		t.Errorf("got name %q, %s:%d, monitoring at %d, strangers are %q", o.ServerName, o.Host, o.Port, o.HTTPPort, o.NoAuthUser)
	}
	if !o.JetStream || o.StoreDir != "/data" || o.JetStreamKey != "key-of-the-store" || o.JetStreamCipher != server.AES {
		t.Errorf("JetStream %v in %s, cipher %v", o.JetStream, o.StoreDir, o.JetStreamCipher)
	}
	if len(o.Users) != len(users) {
		t.Fatalf("got %d users, want %d", len(o.Users), len(users))
	}
	for i, u := range users {
		want := embedded.Permissions(u.Permissions)
		if got := o.Users[i]; got.Username != u.Name || got.Password != "password-of-"+u.Name || !reflect.DeepEqual(got.Permissions, want) {
			t.Errorf("%s: got %+v, want %+v", u.Name, got.Permissions, want)
		}
	}
	if !strings.Contains(text, `cert_file: "/tls/it's \"the\" crt"`) || strings.Contains(text, "password-of-") || strings.Contains(text, "key-of-the-store") {
		t.Error("a secret shows, or the certificate does not:\n" + text)
	}
}

func TestThereIsOneUserForEachWorkerAndEachRoleOfAPlatform(t *testing.T) {
	users := variables(t)
	want := []string{"_operator", "_enroll", "_verify", "_notifier", "_recovery"}
	for _, platform := range []string{"acme", "beta-2"} {
		for _, role := range []string{"admin", "approver", "login", "settings", "support"} {
			want = append(want, platform+"."+role)
		}
	}
	var names, vars []string
	for _, u := range users {
		names, vars = append(names, u.Name), append(vars, natsconfig.Variable(u.Name))
	}
	if !slices.Equal(names, want) {
		t.Errorf("got %v", names)
	}
	slices.Sort(vars)
	if len(slices.Compact(vars)) != len(users) {
		t.Errorf("two users share a variable: %v", vars)
	}
}

func TestPasswordsOfAFolderAreHashed(t *testing.T) {
	variables(t)
	dir := filepath.Join(t.TempDir(), "passwords")
	c := config(natsconfig.Config{Passwords: natsconfig.Passwords{Dir: dir, Cost: bcrypt.MinCost}})
	if err := natsconfig.Write(new(strings.Builder), c); err == nil || strings.Count(err.Error(), "--make-passwords") != 15 {
		t.Errorf("without any: %v", err)
	}
	own, err := bcrypt.GenerateFromPassword([]byte("operator's own"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	put(t, dir, "_operator", string(own))
	put(t, dir, "_verify", "verify's own\n")
	c.Passwords.Make = true
	for _, u := range read(t, written(t, c)).Users {
		made, err := os.ReadFile(filepath.Join(dir, u.Username))
		if err != nil {
			t.Fatal(err)
		}
		password := map[string]string{"_operator": "operator's own", "_verify": "verify's own"}[u.Username]
		if password == "" {
			password = string(made)
		}
		if len(password) < 12 || bcrypt.CompareHashAndPassword([]byte(u.Password), []byte(password)) != nil {
			t.Errorf("%s: the hash %q is not of the password", u.Username, u.Password)
		}
	}
}

func put(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestUsersAloneCanBeIncluded(t *testing.T) {
	users := variables(t)
	o := read(t, written(t, config(natsconfig.Config{UsersOnly: true})))
	if o.JetStream || o.ServerName != "" || len(o.Users) != len(users) {
		t.Errorf("got %+v", o)
	}
}

func TestTheSameConfigurationIsTheSameText(t *testing.T) {
	c := config(natsconfig.Config{})
	if one, two := written(t, c), written(t, c); one != two {
		t.Error("it is not")
	}
}

func TestAPlatformWithoutALabelIsRefused(t *testing.T) {
	c := config(natsconfig.Config{})
	c.Platforms = []string{"acme.login"}
	if err := natsconfig.Write(new(strings.Builder), c); err == nil || !strings.Contains(fmt.Sprint(err), "DNS label") {
		t.Errorf("got %v", err)
	}
}
