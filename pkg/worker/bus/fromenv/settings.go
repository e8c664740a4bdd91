// Package fromenv connects to the bus as the environment says, a worker and an operator's command alike.
//
// Codes and addresses travel over the line: it is TLS, or it does not leave this machine.
package fromenv

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"countersign/pkg/events"
)

// Bus is where the bus is and who we are there; runtime.Load fills it.
type Bus struct {
	URL         string        `env:"COUNTERSIGN_NATS_URL,required" about:"it is where the bus is" remedy:"use tls://host:4222, several with commas between; nats:// is for this machine alone"`
	Credentials string        `env:"COUNTERSIGN_NATS_CREDENTIALS_FILE" about:"it names the file of a NATS credential, JWT and seed; it is read again at every reconnect" remedy:"set it, or a user and a password"`
	User        string        `env:"COUNTERSIGN_NATS_USER" about:"it is our user on the bus" remedy:"use the name that countersign nats-config gave: _ and the worker's name"`
	Password    events.Secret `env:"COUNTERSIGN_NATS_PASSWORD" about:"it is the password of COUNTERSIGN_NATS_USER" remedy:"mount it and name it in COUNTERSIGN_NATS_PASSWORD_FILE"`
	CA          string        `env:"COUNTERSIGN_NATS_CA_FILE" about:"it names a file of certificates, in PEM, that vouch for the bus" remedy:"leave it out where the system trusts them"`
	Certificate string        `env:"COUNTERSIGN_NATS_CERTIFICATE_FILE" about:"it names a file with our own certificate, in PEM, for a bus that asks for one; it is read again at every reconnect" remedy:"leave it out where the bus asks for none"`
	Key         string        `env:"COUNTERSIGN_NATS_KEY_FILE" about:"it names the file of the key, in PEM, to COUNTERSIGN_NATS_CERTIFICATE_FILE" remedy:"leave it out where the bus asks for no certificate"`
}

// Check names what the tags cannot say.
func (b Bus) Check() error {
	return errors.Join(b.checkURL(), b.checkUser(), readable("COUNTERSIGN_NATS_CREDENTIALS_FILE", b.Credentials), b.checkCA(), b.checkCertificate())
}

func (b Bus) checkURL() error {
	if b.URL == "" {
		return nil // it is required: that is told already
	}
	for _, server := range b.servers() {
		if err := checkServer(server); err != nil {
			return fmt.Errorf("COUNTERSIGN_NATS_URL %w", err)
		}
	}
	return nil
}

// servers are the URLs one by one.
func (b Bus) servers() []string {
	all := strings.Split(b.URL, ",")
	for i, one := range all {
		all[i] = strings.TrimSpace(one)
	}
	return all
}

var encrypted, clear = []string{"tls", "wss"}, []string{"nats", "ws"}

// checkServer never shows the URL: it may hold a password.
func checkServer(server string) error {
	u, err := url.Parse(server)
	switch {
	case err != nil || u.Host == "" || !slices.Contains(append(clear, encrypted...), u.Scheme):
		return errors.New("is not a URL of the bus: use tls://host:4222")
	case u.User != nil:
		return errors.New("holds a user: set COUNTERSIGN_NATS_USER and COUNTERSIGN_NATS_PASSWORD instead")
	case slices.Contains(clear, u.Scheme) && !loopback(u.Hostname()):
		return fmt.Errorf("would send codes in clear to %s: use tls://", u.Hostname())
	}
	return nil
}

func loopback(host string) bool {
	address := net.ParseIP(host)
	return host == "localhost" || address != nil && address.IsLoopback()
}

func (b Bus) checkUser() error {
	named := b.User != "" || !b.Password.IsZero()
	switch {
	case b.Credentials != "" && named:
		return errors.New("COUNTERSIGN_NATS_CREDENTIALS_FILE and COUNTERSIGN_NATS_USER are both set: we can be one user only; remove one")
	case b.Credentials == "" && (b.User == "" || b.Password.IsZero()):
		return errors.New("COUNTERSIGN_NATS_USER and COUNTERSIGN_NATS_PASSWORD are not both set: they say who we are on the bus; " +
			"countersign nats-config makes them; COUNTERSIGN_NATS_CREDENTIALS_FILE would do as well")
	}
	return nil
}

func readable(name, path string) error {
	if path == "" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", name, err)
	}
	return f.Close()
}

func (b Bus) checkCA() error {
	_, err := b.roots()
	return err
}

func (b Bus) checkCertificate() error {
	switch {
	case b.Certificate == "" && b.Key == "":
		return nil
	case b.Certificate == "" || b.Key == "":
		return errors.New("COUNTERSIGN_NATS_CERTIFICATE_FILE and COUNTERSIGN_NATS_KEY_FILE are not both set: one is worth nothing without the other")
	case b.URL != "" && !b.isEncrypted():
		return errors.New("COUNTERSIGN_NATS_CERTIFICATE_FILE is set and COUNTERSIGN_NATS_URL has no TLS: nobody would see it; use tls://")
	}
	_, err := b.certificate()
	return err
}

// certificate is what the files hold now. An error never shows them: one is a key.
func (b Bus) certificate() (tls.Certificate, error) {
	c, err := tls.LoadX509KeyPair(b.Certificate, b.Key)
	if err != nil {
		return c, fmt.Errorf("COUNTERSIGN_NATS_CERTIFICATE_FILE and COUNTERSIGN_NATS_KEY_FILE are no certificate and its key: %w", err)
	}
	return c, nil
}

// roots is nil where the system's own are meant.
func (b Bus) roots() (*x509.CertPool, error) {
	if b.CA == "" {
		return nil, nil
	}
	text, err := os.ReadFile(b.CA)
	if err != nil {
		return nil, fmt.Errorf("COUNTERSIGN_NATS_CA_FILE cannot be read: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("COUNTERSIGN_NATS_CA_FILE: %s holds no certificate in PEM", b.CA)
	}
	return roots, nil
}
