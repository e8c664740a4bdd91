package smtp

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"time"

	"github.com/wneessen/go-mail"

	"countersign/pkg/events"
)

// DefaultTimeout bounds one mail from dialling to the relay's answer.
const DefaultTimeout = 20 * time.Second

// DefaultIdle is how long a connection is kept for the next mail: relays close what is quiet for longer, after a minute or more.
const DefaultIdle = 5 * time.Second

const maxIdle = 5 * time.Minute // RFC 5321 4.5.3.2.7: for so long a server waits for the next command

// A TLSPolicy says how the line to the relay is protected.
type TLSPolicy string

const (
	StartTLS TLSPolicy = "starttls" // begins in clear and must change to TLS before anything is said; the default
	Implicit TLSPolicy = "implicit" // TLS from the first byte
	None     TLSPolicy = "none"     // in clear: development, on this machine alone
)

// Config is a relay and how to speak to it.
type Config struct {
	Host     string         // name or address of the relay; its certificate must be for it
	Port     int            // 1 to 65535; 587 with starttls and 465 with implicit are usual
	TLS      TLSPolicy      // empty: StartTLS
	User     string         // empty: no login
	Password events.Secret  // of User
	From     string         // the sender, with or without a name: `Acme <no-reply@acme.example>`
	Timeout  time.Duration  // of one mail; 0: DefaultTimeout
	Idle     time.Duration  // how long a connection is kept for the next mail; at most 5 minutes; 0: DefaultIdle, negative: not at all
	Roots    *x509.CertPool // who may vouch for the relay; nil: whom the system trusts
}

// check names everything that is wrong, and sets the policy's default.
func (c *Config) check() (sender, error) {
	if c.TLS == "" {
		c.TLS = StartTLS
	}
	from, err := netmail.ParseAddress(c.From)
	if err != nil {
		err = fmt.Errorf("from: %q is no address", c.From)
	}
	err = errors.Join(c.checkLine(), c.checkTLS(), err)
	if err != nil {
		return sender{}, err
	}
	return newSender(from), nil
}

func (c *Config) checkLine() error {
	var wrong []error
	if c.Host == "" {
		wrong = append(wrong, errors.New("host: is not set"))
	}
	if c.Port < 1 || c.Port > 65535 {
		wrong = append(wrong, fmt.Errorf("port: %d is not in 1 to 65535", c.Port))
	}
	if c.Timeout < 0 {
		wrong = append(wrong, fmt.Errorf("timeout: %v is negative", c.Timeout))
	}
	if c.Idle > maxIdle {
		wrong = append(wrong, fmt.Errorf("idle: %v is more than %v", c.Idle, maxIdle))
	}
	if (c.User == "") != c.Password.IsZero() {
		wrong = append(wrong, errors.New("user and password: set both or neither"))
	}
	return errors.Join(wrong...)
}

func (c *Config) checkTLS() error {
	switch {
	case c.TLS != StartTLS && c.TLS != Implicit && c.TLS != None:
		return fmt.Errorf("tls: %q is none of %s, %s, %s", c.TLS, StartTLS, Implicit, None)
	case c.TLS == None && !loopback(c.Host):
		return fmt.Errorf("tls: %s would send codes in clear to %s: it is for this machine alone", None, c.Host)
	}
	return nil
}

func loopback(host string) bool {
	address := net.ParseIP(host)
	return host == "localhost" || address != nil && address.IsLoopback()
}

// mechanisms are the logins to offer, the best first. The NOENC forms are what go-mail wants on a line without TLS.
func (c *Config) mechanisms() []mail.SMTPAuthType {
	if c.TLS == None {
		return []mail.SMTPAuthType{mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlainNoEnc, mail.SMTPAuthLoginNoEnc}
	}
	return []mail.SMTPAuthType{mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthPlain, mail.SMTPAuthLogin}
}
