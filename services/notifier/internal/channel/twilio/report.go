package twilio

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/twilio/twilio-go/client"

	"countersign/services/notifier/internal/channel"
)

const signature = "X-Twilio-Signature"

// ReportsTo implements channel.Reporter.
func (c *Channel) ReportsTo() string { return c.config.StatusCallback }

// callback is where Twilio reports of a notification.
func (c *Channel) callback(route string) string {
	return strings.TrimRight(c.config.StatusCallback, "/") + "/" + route
}

// ReadReport implements channel.Reporter. The signature covers the URL as it was given to Twilio, whatever the request says of its host, and
// the form's first values, which alone are read. While tokens are being exchanged either may have signed.
func (c *Channel) ReadReport(route string, header http.Header, body []byte) (channel.Report, error) {
	if !c.signed(c.callback(route), body, header.Get(signature)) {
		return channel.Report{}, channel.ErrForged
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Get("AccountSid") != c.config.AccountSID || form.Get("MessageSid") == "" {
		return channel.Report{}, channel.ErrForged
	}
	return read(form)
}

func (c *Channel) signed(address string, body []byte, by string) bool {
	good := false
	for _, token := range []string{c.config.AuthToken.Reveal(), c.config.FormerToken.Reveal()} {
		validator := client.NewRequestValidator(token)
		good = token != "" && by != "" && validator.ValidateBody(address, body, by) || good
	}
	return good
}

// read knows the states of an outgoing text; what is new to it is no news.
func read(form url.Values) (channel.Report, error) {
	r := channel.Report{ProviderID: form.Get("MessageSid")}
	switch form.Get("MessageStatus") {
	case "accepted", "scheduled", "queued", "sending", "sent":
		r.Taken = true
	case "delivered", "read":
		r.Arrived = true
	case "undelivered", "failed", "canceled":
		code, err := strconv.Atoi(form.Get("ErrorCode"))
		if err != nil && form.Get("ErrorCode") != "" {
			return r, errors.New("read report: error code is no number")
		}
		r.Failure = Classify(0, code)
	}
	return r, nil
}
