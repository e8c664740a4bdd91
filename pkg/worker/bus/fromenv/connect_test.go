package fromenv_test

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/pkg/worker/bus/fromenv"
	"countersign/pkg/worker/runtime"
	"countersign/pkg/worker/trust/trusttest"
	"github.com/nats-io/nats-server/v2/server"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a bus that knows one user, verify; line is nil for one in clear.
func serve(t *testing.T, line *tls.Config) (address string) {
	t.Helper()
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: server.RANDOM_PORT, NoLog: true, NoSigs: true, TLS: line != nil, TLSConfig: line, TLSTimeout: 5,
		Username: "verify", Password: "right",
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server is not ready")
	}
	return s.Addr().String()
}

func load(t *testing.T, environ ...string) (fromenv.Bus, error) {
	t.Helper()
	return runtime.Load[fromenv.Bus](environ)
}

func connect(t *testing.T, environ ...string) error {
	t.Helper()
	b, err := load(t, environ...)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := fromenv.Connect(b, "verify", slog.New(slog.DiscardHandler))
	if err == nil {
		conn.Close()
	}
	return err
}

func TestHowAConnectionBegins(t *testing.T) {
	ours, another := trusttest.NewAuthority(t), trusttest.NewAuthority(t)
	with := func(from trusttest.Authority, c trusttest.Certificate) string {
		return serve(t, &tls.Config{Certificates: []tls.Certificate{from.Issue(t, c)}})
	}
	secure, open := with(ours, trusttest.Certificate{}), serve(t, nil)
	expired := with(ours, trusttest.Certificate{Since: -2 * time.Hour, Until: -time.Hour})
	early := with(ours, trusttest.Certificate{Since: time.Hour, Until: 2 * time.Hour})
	elsewhere := with(ours, trusttest.Certificate{Name: "bus-1.example.org"})
	ca, otherCA := ours.File, another.File
	user, password := "COUNTERSIGN_NATS_USER=verify", "COUNTERSIGN_NATS_PASSWORD=right"
	for name, c := range map[string]struct {
		url, ca, password string
		wrong             string // what the error says; "" for none
	}{
		"over TLS, with who vouches for it":   {url: "tls://" + secure, ca: ca},
		"over TLS at one of two":              {url: "nats://127.0.0.1:1, tls://" + secure, ca: ca},
		"over TLS, in capitals":               {url: "TLS://" + secure, ca: ca},
		"with a certificate that has expired": {url: "tls://" + expired, ca: ca, wrong: "the bus of COUNTERSIGN_NATS_URL must be given a certificate that is valid now"},
		"with a certificate of tomorrow":      {url: "tls://" + early, ca: ca, wrong: "the bus of COUNTERSIGN_NATS_URL must be given a certificate that is valid now"},
		"in clear on this machine":            {url: "nats://" + open},
		"with another certificate authority":  {url: "tls://" + secure, ca: otherCA, wrong: "COUNTERSIGN_NATS_CA_FILE must name who vouches for the bus"},
		"with those whom the system trusts":   {url: "tls://" + secure, wrong: "COUNTERSIGN_NATS_CA_FILE"},
		"under a name that it does not have":  {url: "tls://" + elsewhere, ca: ca, wrong: "COUNTERSIGN_NATS_URL must have a name that its certificate has"},
		"with a wrong password":               {url: "tls://" + secure, ca: ca, password: "COUNTERSIGN_NATS_PASSWORD=wr0ng", wrong: "does not know the user and password of COUNTERSIGN_NATS_USER"},
		"over TLS at a server that has none":  {url: "tls://" + open, wrong: "has no TLS"},
		"where nobody listens":                {url: "tls://127.0.0.1:1", wrong: "connect to bus tls://127.0.0.1:1"},
		"in clear at a server that wants TLS": {url: "nats://" + secure, ca: ca, wrong: "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			environ := []string{"COUNTERSIGN_NATS_URL=" + c.url, user, password, c.password}
			if c.ca != "" {
				environ = append(environ, "COUNTERSIGN_NATS_CA_FILE="+c.ca)
			}
			err := connect(t, environ...)
			if c.wrong == "" && err != nil || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
				t.Errorf("got %v, want %q", err, c.wrong)
			}
			if strings.Contains(fmt.Sprint(err), "wr0ng") {
				t.Error("the password shows")
			}
		})
	}
}

func TestSettingsThatCannotBeMeant(t *testing.T) {
	notPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(notPEM, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	const url, user, password = "COUNTERSIGN_NATS_URL=tls://bus:4222", "COUNTERSIGN_NATS_USER=_verify", "COUNTERSIGN_NATS_PASSWORD=hunter2"
	for name, c := range map[string]struct {
		environ []string
		wrong   string
	}{
		"nothing at all":            {nil, "COUNTERSIGN_NATS_URL is not set"},
		"nobody":                    {[]string{url}, "COUNTERSIGN_NATS_USER and COUNTERSIGN_NATS_PASSWORD are not both set"},
		"a user without a password": {[]string{url, user}, "are not both set"},
		"a password without a user": {[]string{url, password}, "are not both set"},
		"two users":                 {[]string{url, user, password, "COUNTERSIGN_NATS_CREDENTIALS_FILE=" + notPEM}, "are both set"},
		"a credential that is not there": {
			[]string{url, "COUNTERSIGN_NATS_CREDENTIALS_FILE=/none/" + "such"}, "COUNTERSIGN_NATS_CREDENTIALS_FILE cannot be read"},
		"a clear line to elsewhere":       {[]string{"COUNTERSIGN_NATS_URL=nats://bus:4222", user, password}, "would send codes in clear to bus"},
		"one clear line of several":       {[]string{url + ",nats://10.0.0.1:4222", user, password}, "would send codes in clear to 10.0.0.1"},
		"a password in the URL":           {[]string{"COUNTERSIGN_NATS_URL=tls://a:hunter2@bus:4222", user, password}, "holds a user"},
		"no URL":                          {[]string{"COUNTERSIGN_NATS_URL=bus:4222", user, password}, "is not a URL of the bus"},
		"a URL of something else":         {[]string{"COUNTERSIGN_NATS_URL=https://bus", user, password}, "is not a URL of the bus"},
		"an authority that is not there":  {[]string{url, user, password, "COUNTERSIGN_NATS_CA_FILE=/none/" + "such"}, "COUNTERSIGN_NATS_CA_FILE cannot be read"},
		"an authority without its papers": {[]string{url, user, password, "COUNTERSIGN_NATS_CA_FILE=" + notPEM}, "holds no certificate in PEM"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, c.environ...)
			if err == nil || !strings.Contains(err.Error(), c.wrong) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, want %q", err, c.wrong)
			}
		})
	}
}
