package natsconfig_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/cmd/countersign/internal/natsconfig"
	"countersign/pkg/worker/bus"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"go.uber.org/goleak"
	"golang.org/x/crypto/bcrypt"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var forms = []string{"with passwords", "with accounts"}

var platforms = []string{"acme", "beta"}

// A site is a real nats-server that has read one form of the configuration.
type site struct {
	form, dir string
	conf      natsconfig.Config
	server    *server.Server
}

// serve starts a server for users, nil for the tables' own.
func serve(t *testing.T, form string, users []natsconfig.User) *site {
	t.Helper()
	s := &site{form: form, dir: t.TempDir()}
	cert, key := certificate(t, s.dir)
	s.conf = natsconfig.Config{
		Name: "bus", Listen: "127.0.0.1:-1", StoreDir: filepath.Join(s.dir, "streams"), Cert: cert, Key: key, Platforms: platforms,
	}
	if form == "with accounts" {
		s.conf.Accounts = natsconfig.Accounts{Dir: filepath.Join(s.dir, "keys"), Make: true}
	} else {
		s.conf.Passwords = natsconfig.Passwords{Dir: filepath.Join(s.dir, "passwords"), Make: true, Cost: bcrypt.MinCost}
	}
	t.Setenv(natsconfig.StoreKey, "key-of-the-store")
	var err error
	if s.server, err = server.NewServer(s.options(t, users)); err != nil {
		t.Fatal(err)
	}
	s.server.Start()
	t.Cleanup(func() { s.server.Shutdown(); s.server.WaitForShutdown() })
	if !s.server.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server is not ready")
	}
	return s
}

// options are what the server makes of the configuration as it is written now.
func (s *site) options(t *testing.T, users []natsconfig.User) *server.Options {
	t.Helper()
	if users == nil {
		users = allUsers(t)
	}
	var text strings.Builder
	if err := natsconfig.WriteFor(&text, s.conf, users); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.dir, "nats.conf")
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	o, err := server.ProcessConfigFile(path)
	if err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	o.NoLog, o.NoSigs = true, true
	return o
}

func allUsers(t *testing.T) []natsconfig.User {
	t.Helper()
	users, err := natsconfig.Users(platforms)
	if err != nil {
		t.Fatal(err)
	}
	return users
}

// credential is what a user connects by.
func (s *site) credential(t *testing.T, user string) bus.ConnectConfig {
	t.Helper()
	if s.form == "with accounts" {
		return bus.ConnectConfig{CredentialsFile: filepath.Join(s.dir, "keys", "creds", user+".creds")}
	}
	password, err := os.ReadFile(filepath.Join(s.dir, "passwords", user))
	if err != nil {
		t.Fatal(err)
	}
	return bus.ConnectConfig{User: user, Password: string(password)}
}

// connect connects as a user, with the inbox prefix of who it is.
func (s *site) connect(t *testing.T, user string, options ...nats.Option) *bus.Conn {
	t.Helper()
	conn, err := s.dial(t, user, options...)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func (s *site) dial(t *testing.T, user string, options ...nats.Option) (*bus.Conn, error) {
	t.Helper()
	c := s.credential(t, user)
	platform, _, _ := strings.Cut(user, ".")
	closed := make(chan struct{})
	c.URL, c.Worker, c.Logger = s.server.ClientURL(), user, slog.New(slog.DiscardHandler)
	c.Options = append([]nats.Option{
		nats.RootCAs(filepath.Join(s.dir, "ca.pem")), nats.CustomInboxPrefix("_INBOX." + platform),
		nats.ClosedHandler(func(*nats.Conn) { close(closed) }),
	}, options...)
	conn, err := bus.Connect(c)
	if err == nil {
		t.Cleanup(func() { conn.Close(); <-closed })
	}
	return conn, err
}

// certificate writes one for this machine, which vouches for itself, as ca.pem.
func certificate(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bus"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Minute), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "ca.pem"), filepath.Join(dir, "key.pem")
	err = errors.Join(
		os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600),
		os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}
