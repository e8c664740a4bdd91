package twilio

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"time"

	"countersign/pkg/events"
)

// DefaultTimeout bounds one text from dialling to the answer.
const DefaultTimeout = 10 * time.Second

var (
	account   = regexp.MustCompile(`\AAC[0-9a-fA-F]{32}\z`)
	service   = regexp.MustCompile(`\AMG[0-9a-fA-F]{32}\z`)
	plainPath = regexp.MustCompile(`\A(/[A-Za-z0-9-]+)*/?\z`)
	token     = regexp.MustCompile(`\A[0-9a-zA-Z]+\z`) // twilio-go refuses others with an error that is hard to read
)

// Config is an account and how to reach its API.
type Config struct {
	BaseURL             string        // where the API is, for a stand-in or a proxy; empty: Twilio's own
	AccountSID          string        // AC and 32 hexadecimal digits
	AuthToken           events.Secret // of the account
	FormerToken         events.Secret // that still signs reports while tokens are being exchanged; empty: none
	From                string        // the sender: a number, a short code or a name; or
	MessagingServiceSID string        // MG and 32 hexadecimal digits: a service that picks the sender. One of the two, or both
	StatusCallback      string        // the public URL below which reports of deliveries come; empty: none do
	Timeout             time.Duration // of one text; 0: DefaultTimeout
}

// A target is where calls go instead of to Twilio; the zero value is Twilio.
type target struct{ scheme, host, path string }

// check names everything that is wrong.
func (c Config) check() (target, error) {
	base, err := c.target()
	wrong := []error{err}
	if !account.MatchString(c.AccountSID) {
		wrong = append(wrong, errors.New("account SID: want AC and 32 hexadecimal digits"))
	}
	if !token.MatchString(c.AuthToken.Reveal()) {
		wrong = append(wrong, errors.New("auth token: want letters and digits"))
	}
	if c.From == "" && c.MessagingServiceSID == "" {
		wrong = append(wrong, errors.New("from: set it or the messaging service SID"))
	}
	if c.MessagingServiceSID != "" && !service.MatchString(c.MessagingServiceSID) {
		wrong = append(wrong, errors.New("messaging service SID: want MG and 32 hexadecimal digits"))
	}
	if err := c.checkCallback(); err != nil {
		wrong = append(wrong, fmt.Errorf("status callback: %w", err))
	}
	if !c.FormerToken.IsZero() && !token.MatchString(c.FormerToken.Reveal()) {
		wrong = append(wrong, errors.New("former token: want letters and digits"))
	}
	if c.Timeout < 0 {
		wrong = append(wrong, fmt.Errorf("timeout: %v is negative", c.Timeout))
	}
	return base, errors.Join(wrong...)
}

func (c Config) target() (target, error) {
	if c.BaseURL == "" {
		return target{}, nil
	}
	u, err := absolute(c.BaseURL)
	switch {
	case err != nil:
		return target{}, fmt.Errorf("base URL: %w", err)
	case u.Scheme != "https" && !loopback(u.Hostname()):
		return target{}, fmt.Errorf("base URL: http would send codes and the auth token in clear to %s: it is for this machine alone", u.Hostname())
	}
	return target{u.Scheme, u.Host, u.Path}, nil
}

// checkCallback: a path of plain letters, because it is a pattern of our own server's as well.
func (c Config) checkCallback() error {
	if c.StatusCallback == "" {
		return nil
	}
	u, err := absolute(c.StatusCallback)
	switch {
	case err != nil:
		return err
	case u.Scheme != "https" && !loopback(u.Hostname()):
		return errors.New("http would show who gets texts: it is for this machine alone")
	case u.RawQuery != "" || u.Fragment != "" || u.User != nil || !plainPath.MatchString(u.Path):
		return errors.New("want a path of letters, digits, hyphens and slashes, and nothing after it")
	}
	return nil
}

func absolute(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("want an absolute http or https URL")
	}
	return u, nil
}

func loopback(host string) bool {
	address := net.ParseIP(host)
	return host == "localhost" || address != nil && address.IsLoopback()
}
