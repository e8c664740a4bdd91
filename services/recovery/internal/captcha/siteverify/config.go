package siteverify

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"time"

	"countersign/pkg/events"
)

// Config is our account at a provider.
type Config struct {
	SiteKey  string        // public: the page shows it
	Secret   events.Secret // what verdicts are asked with
	Hostname string        // where our pages are, as verdicts must name it: no scheme, no port
	Timeout  time.Duration // of one verdict; 0: DefaultTimeout
	Endpoint string        // for tests alone: a stand-in on this machine; empty: the provider's own
}

var (
	key      = regexp.MustCompile(`\A[0-9A-Za-z_-]{1,100}\z`)
	hostname = regexp.MustCompile(`\A[0-9a-z]([0-9a-z-]*[0-9a-z])?(\.[0-9a-z]([0-9a-z-]*[0-9a-z])?)*\z`)
)

// check names everything that is wrong, a line each that begins with what it is about.
func (c Config) check() error {
	var wrong []error
	if !key.MatchString(c.SiteKey) {
		wrong = append(wrong, errors.New("site key: want the one that the provider shows: letters, digits, - and _"))
	}
	if !key.MatchString(c.Secret.Reveal()) {
		wrong = append(wrong, errors.New("secret: want the one that the provider shows: letters, digits, - and _"))
	}
	if c.Secret.Reveal() == c.SiteKey && c.SiteKey != "" {
		wrong = append(wrong, errors.New("secret: it is the site key, which every page shows"))
	}
	if len(c.Hostname) > 253 || !hostname.MatchString(c.Hostname) {
		wrong = append(wrong, errors.New("hostname: want the name where the pages are, in lower case, without scheme and port"))
	}
	if c.Timeout < 0 {
		wrong = append(wrong, fmt.Errorf("timeout: %v is negative", c.Timeout))
	}
	if c.Endpoint != "" && !isLocal(c.Endpoint) {
		wrong = append(wrong, errors.New("endpoint: it is for stand-ins on this machine alone"))
	}
	return errors.Join(wrong...)
}

func isLocal(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	address := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || address != nil && address.IsLoopback()
}
