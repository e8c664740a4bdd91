package otlp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"

	"countersign/pkg/events"
)

// Settings is where traces are sent; runtime.Load fills it.
type Settings struct {
	URL           string        `env:"COUNTERSIGN_TRACES_URL" about:"it is where OpenTelemetry's traces are sent, by OTLP over HTTP; without it nothing is traced" remedy:"use https://host:4318/v1/traces"`
	Authorization events.Secret `env:"COUNTERSIGN_TRACES_AUTHORIZATION" about:"it is the header Authorization for whoever takes the traces" remedy:"mount it and name it in COUNTERSIGN_TRACES_AUTHORIZATION_FILE"`
	CA            string        `env:"COUNTERSIGN_TRACES_CA_FILE" about:"it names a file of certificates, in PEM, that vouch for whoever takes the traces" remedy:"leave it out where the system trusts them"`
	Ratio         float64       `env:"COUNTERSIGN_TRACES_RATIO" envDefault:"0.01" about:"it is how much is traced of what comes without a traceparent; one that comes has decided it" remedy:"use a number from 0 to 1"`
}

// Check names what the tags cannot say.
func (s Settings) Check() error {
	var ratio error
	if !(s.Ratio >= 0 && s.Ratio <= 1) {
		ratio = errors.New("COUNTERSIGN_TRACES_RATIO is not a number from 0 to 1")
	}
	_, unread := s.tls()
	return errors.Join(s.checkURL(), unread, ratio)
}

// checkURL never shows the URL: it may hold a password.
func (s Settings) checkURL() error {
	if s.URL == "" {
		return nil
	}
	at, err := url.Parse(s.URL)
	switch {
	case err != nil || at.Host == "" || at.Scheme != "https" && at.Scheme != "http":
		return errors.New("COUNTERSIGN_TRACES_URL is not a URL of the web: use https://host:4318/v1/traces")
	case at.Path == "" || at.Path == "/":
		return errors.New("COUNTERSIGN_TRACES_URL has no path: collectors take traces at https://host:4318/v1/traces")
	case at.User != nil || at.RawQuery != "" || at.Fragment != "":
		return errors.New("COUNTERSIGN_TRACES_URL holds more than a place: set COUNTERSIGN_TRACES_AUTHORIZATION for who we are")
	case at.Scheme == "http" && !s.Authorization.IsZero() && !loopback(at.Hostname()):
		return fmt.Errorf("COUNTERSIGN_TRACES_URL would send COUNTERSIGN_TRACES_AUTHORIZATION in clear to %s: use https://", at.Hostname())
	}
	return nil
}

func loopback(host string) bool {
	address := net.ParseIP(host)
	return host == "localhost" || address != nil && address.IsLoopback()
}

func (s Settings) tls() (*tls.Config, error) {
	if s.CA == "" {
		return &tls.Config{MinVersion: tls.VersionTLS12}, nil
	}
	text, err := os.ReadFile(s.CA)
	if err != nil {
		return nil, fmt.Errorf("COUNTERSIGN_TRACES_CA_FILE cannot be read: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("COUNTERSIGN_TRACES_CA_FILE: %s holds no certificate in PEM", s.CA)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}, nil
}
