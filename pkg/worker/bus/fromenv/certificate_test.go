package fromenv_test

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"countersign/pkg/worker/bus/fromenv"
	"countersign/pkg/worker/trust/trusttest"
	"github.com/nats-io/nats-server/v2/server"
)

// A bus with verify: true, which asks whoever connects for a certificate, besides a password.
func TestABusThatAsksForACertificate(t *testing.T) {
	ours, another := trusttest.NewAuthority(t), trusttest.NewAuthority(t)
	address := serve(t, verifying(t, ours))
	const wrong = "COUNTERSIGN_NATS_CERTIFICATE_FILE must name a certificate of ours that is valid now"
	for name, c := range map[string]struct {
		from trusttest.Authority
		is   trusttest.Certificate
		none bool
		want string // what the error says; "" for none
	}{
		"takes the right one":                     {from: ours, is: trusttest.Certificate{Client: true}},
		"turns away who has none":                 {none: true, want: wrong},
		"turns away one that has expired":         {from: ours, is: trusttest.Certificate{Client: true, Since: -2 * time.Hour, Until: -time.Hour}, want: wrong},
		"turns away one of tomorrow":              {from: ours, is: trusttest.Certificate{Client: true, Since: time.Hour, Until: 2 * time.Hour}, want: wrong},
		"turns away one of another's making":      {from: another, is: trusttest.Certificate{Client: true}, want: wrong},
		"turns away one that is for servers only": {from: ours, is: trusttest.Certificate{}, want: wrong},
	} {
		t.Run(name, func(t *testing.T) {
			environ := secured(address, ours)
			if !c.none {
				environ = append(environ, ownCertificate(t, c.from.Issue(t, c.is))...)
			}
			err := connect(t, environ...)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// verifying is what nats-server makes of a configuration's tls with verify: true.
func verifying(t *testing.T, ca trusttest.Authority) *tls.Config {
	t.Helper()
	cert, key := trusttest.Files(t, ca.Issue(t, trusttest.Certificate{}))
	line, err := server.GenTLSConfig(&server.TLSConfigOpts{CertFile: cert, KeyFile: key, CaFile: ca.File, Verify: true})
	must(t, err)
	return line
}

func secured(address string, ca trusttest.Authority) []string {
	return []string{
		"COUNTERSIGN_NATS_URL=tls://" + address, "COUNTERSIGN_NATS_CA_FILE=" + ca.File, "COUNTERSIGN_NATS_USER=verify", "COUNTERSIGN_NATS_PASSWORD=right",
	}
}

func ownCertificate(t *testing.T, c tls.Certificate) []string {
	t.Helper()
	cert, key := trusttest.Files(t, c)
	return []string{"COUNTERSIGN_NATS_CERTIFICATE_FILE=" + cert, "COUNTERSIGN_NATS_KEY_FILE=" + key}
}

// Whoever renews certificates writes the files anew and starts nobody again.
func TestARenewedCertificateCountsAtTheNextConnection(t *testing.T) {
	ours := trusttest.NewAuthority(t)
	line := verifying(t, ours)
	shown := make(chan string, 2)
	line.VerifyConnection = func(s tls.ConnectionState) error { shown <- s.PeerCertificates[0].SerialNumber.String(); return nil }
	address := serve(t, line)
	b, err := load(t, append(secured(address, ours), ownCertificate(t, ours.Issue(t, trusttest.Certificate{Client: true}))...)...)
	must(t, err)
	conn, err := fromenv.Connect(b, "verify", slog.New(slog.DiscardHandler))
	must(t, err)
	defer conn.Close()
	first := <-shown
	cert, key := trusttest.Files(t, ours.Issue(t, trusttest.Certificate{Client: true}))
	must(t, errors.Join(os.Rename(cert, b.Certificate), os.Rename(key, b.Key)))
	must(t, conn.ForceReconnect())
	if second := <-shown; second == first {
		t.Error("the old one was shown again")
	}
}

func TestCertificatesThatCannotBeMeant(t *testing.T) {
	ours := trusttest.NewAuthority(t)
	cert, key := trusttest.Files(t, ours.Issue(t, trusttest.Certificate{Client: true}))
	_, another := trusttest.Files(t, ours.Issue(t, trusttest.Certificate{Client: true}))
	const url, certificate, its = "COUNTERSIGN_NATS_URL=tls://bus:4222", "COUNTERSIGN_NATS_CERTIFICATE_FILE=", "COUNTERSIGN_NATS_KEY_FILE="
	for name, c := range map[string]struct {
		environ []string
		wrong   string
	}{
		"a certificate without its key":     {[]string{url, certificate + cert}, "are not both set"},
		"a key without its certificate":     {[]string{url, its + key}, "are not both set"},
		"another's key":                     {[]string{url, certificate + cert, its + another}, "are no certificate and its key"},
		"a certificate that is not there":   {[]string{url, certificate + "/none/such", its + key}, "no such file"},
		"a key for a certificate":           {[]string{url, certificate + key, its + key}, "are no certificate and its key"},
		"a certificate for a line in clear": {[]string{"COUNTERSIGN_NATS_URL=nats://127.0.0.1:4222", certificate + cert, its + key}, "COUNTERSIGN_NATS_URL has no TLS"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(t, append(c.environ, "COUNTERSIGN_NATS_USER=verify", "COUNTERSIGN_NATS_PASSWORD=right")...)
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("got %v, want %q", err, c.wrong)
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
