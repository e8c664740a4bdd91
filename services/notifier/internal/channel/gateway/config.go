package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"countersign/pkg/events"
	"countersign/services/notifier/internal/channel"
)

// DefaultTimeout bounds one text from dialling to the answer.
const DefaultTimeout = 10 * time.Second

const maxReference = 128 // bytes

// A Form is how the body is written.
type Form string

const (
	JSON Form = "application/json"
	URL  Form = "application/x-www-form-urlencoded"
)

// Config is a gateway and how to speak to it.
type Config struct {
	URL           string        // takes a POST for each text: https, or http on this machine
	Form          Form          // empty: JSON
	Body          string        // with {to} and {text}, and {id} and {seconds}, what is left of the code's life, where wished
	Authorization events.Secret // the header's value; empty: none
	Reference     string        // field of the answer, a JSON object, that names the text; empty: the notification's own id does
	BadNumber     string        // regular expression on the body of a 4xx that refuses the number itself; empty: none does
	Timeout       time.Duration // of one text; 0: DefaultTimeout

	bad *regexp.Regexp
}

// check names everything that is wrong, and sets the defaults.
func (c *Config) check() error {
	if c.Form == "" {
		c.Form = JSON
	}
	if c.Timeout == 0 {
		c.Timeout = DefaultTimeout
	}
	var badRE error
	if c.BadNumber != "" {
		if c.bad, badRE = regexp.Compile(c.BadNumber); badRE != nil {
			badRE = errors.New("bad number: is no regular expression")
		}
	}
	wrong := []error{c.checkURL(), c.checkBody(), badRE}
	if c.Form != JSON && c.Form != URL {
		wrong = append(wrong, fmt.Errorf("form: %q is neither %s nor %s", c.Form, JSON, URL))
	}
	if c.Timeout < 0 {
		wrong = append(wrong, fmt.Errorf("timeout: %v is negative", c.Timeout))
	}
	if strings.ContainsFunc(c.Authorization.Reveal(), func(r rune) bool { return r < ' ' || r > '~' }) {
		wrong = append(wrong, errors.New("authorization: has a line break or a letter that no header has"))
	}
	return errors.Join(wrong...)
}

func (c *Config) checkURL() error {
	u, err := url.Parse(c.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("url: want an absolute http or https URL")
	case u.Scheme != "https" && !loopback(u.Hostname()):
		return fmt.Errorf("url: http would send codes in clear to %s: it is for this machine alone", u.Hostname())
	}
	return nil
}

func loopback(host string) bool {
	address := net.ParseIP(host)
	return host == "localhost" || address != nil && address.IsLoopback()
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

func (c *Config) checkBody() error {
	for _, must := range []string{"{to}", "{text}"} {
		if !strings.Contains(c.Body, must) {
			return fmt.Errorf("body: lacks %s", must)
		}
	}
	for _, name := range placeholder.FindAllString(c.Body, -1) {
		if !strings.Contains("{to} {text} {id} {seconds}", name) {
			return fmt.Errorf("body: %s is not known: use {to}, {text}, {id} or {seconds}", name)
		}
	}
	filled := c.body(channel.Notification{ID: "n", To: events.NewSecret("+15005550006"), Text: events.NewSecret("a \"b\"\n&c"), ValidFor: time.Minute})
	switch _, err := url.ParseQuery(filled.Reveal()); {
	case c.Form == JSON && !json.Valid([]byte(filled.Reveal())):
		return errors.New(`body: is no JSON once it is filled in: write "{to}" and "{text}" in quotes, {seconds} without`)
	case c.Form == URL && err != nil:
		return errors.New("body: is no form: write to={to}&text={text}")
	}
	return nil
}

// body fills the template in, so that no text can end its field.
func (c *Config) body(n channel.Notification) events.Secret {
	quoted := jsonText
	if c.Form == URL {
		quoted = url.QueryEscape
	}
	return events.NewSecret(strings.NewReplacer(
		"{to}", quoted(n.To.Reveal()), "{text}", quoted(n.Text.Reveal()), "{id}", quoted(n.ID),
		"{seconds}", strconv.Itoa(max(1, int(n.ValidFor/time.Second))),
	).Replace(c.Body))
}

func jsonText(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		return "" // a text always encodes
	}
	return string(quoted[1 : len(quoted)-1])
}
