package fromenv

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"syscall"

	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/trust"
	"github.com/nats-io/nats.go"
)

// Connect connects as worker ("operator" for an operator's command), within 5 s or with an error that says what to set right.
func Connect(b Bus, worker string, log *slog.Logger) (*bus.Conn, error) {
	line, err := b.tls()
	if err != nil {
		return nil, err
	}
	conn, err := bus.Connect(bus.ConnectConfig{
		URL: b.URL, Worker: worker, CredentialsFile: b.Credentials, User: b.User, Password: b.Password.Reveal(), TLS: line, Logger: log,
	})
	if err != nil {
		return nil, explain(err)
	}
	return conn, nil
}

// tls is nil where the URLs say that the line is in clear.
func (b Bus) tls() (*tls.Config, error) {
	if !b.isEncrypted() {
		return nil, nil
	}
	roots, err := b.roots()
	if err != nil {
		return nil, err
	}
	line := &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	if b.Certificate != "" { // asked for at every handshake: whoever renews certificates need not start us again
		line.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			c, err := b.certificate()
			return &c, err
		}
	}
	return line, nil
}

// isEncrypted tells whether any server is: the client then asks all of them for TLS.
func (b Bus) isEncrypted() bool {
	for _, server := range b.servers() {
		if u, err := url.Parse(server); err == nil && slices.Contains(encrypted, u.Scheme) {
			return true
		}
	}
	return false
}

func explain(err error) error {
	switch {
	case errors.Is(err, nats.ErrAuthorization), errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked):
		return fmt.Errorf("%w: the bus does not know the user and password of COUNTERSIGN_NATS_USER and _PASSWORD, or the credential of COUNTERSIGN_NATS_CREDENTIALS_FILE", err)
	case errors.Is(err, nats.ErrSecureConnWanted):
		return fmt.Errorf("%w: the server at COUNTERSIGN_NATS_URL has no TLS", err)
	}
	theBus := trust.Server{
		Is: "the bus", Address: "COUNTERSIGN_NATS_URL", Authority: "COUNTERSIGN_NATS_CA_FILE", Ours: "COUNTERSIGN_NATS_CERTIFICATE_FILE",
	}
	if errors.Is(err, nats.ErrTLS) && (errors.Is(err, syscall.EPIPE) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF)) {
		return fmt.Errorf("%w: it hung up after TLS had begun; if it asks for certificates, %s", err, theBus.Refused())
	}
	return trust.Explain(err, theBus)
}
