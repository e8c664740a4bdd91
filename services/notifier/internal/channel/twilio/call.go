package twilio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"path"
	"sync/atomic"

	"github.com/twilio/twilio-go/client"

	"countersign/services/notifier/internal/channel"
)

const maxAnswer = 64 << 10 // bytes

// A call is one request on its way: it brings in the context and the target that twilio-go has no place for, and remembers how far
// the request came, on which it depends whether Twilio may have taken the text.
type call struct {
	ctx    context.Context
	target target
	next   http.RoundTripper
	look   *channel.LastLook // nil for what changes nothing
	what   string            // is done by it: "send text"

	handed atomic.Bool // the request began to leave: Twilio may have it
	status int         // of the answer; 0: none came
}

// RoundTrip implements http.RoundTripper. It reads the whole answer, because twilio-go leaves the body of errors open.
func (c *call) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := httptrace.WithClientTrace(c.ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { c.handed.Store(false) }, // the transport tries again only if nothing had left
		WroteHeaders: func() { c.handed.Store(true) },
	})
	r = r.Clone(ctx)
	if c.look != nil {
		c.look.Request(r)
	}
	if c.target != (target{}) {
		r.URL.Scheme, r.URL.Host, r.Host = c.target.scheme, c.target.host, c.target.host
		r.URL.Path = path.Join("/", c.target.path, r.URL.Path)
	}
	response, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	c.status = response.StatusCode
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	return response, nil
}

// failure says what became of a call that err ended. Twilio's own words are left out: they quote numbers.
func (c *call) failure(err error) *channel.Failure {
	var refusal *client.TwilioRestError
	switch {
	case c.look != nil && c.look.Refused() != nil:
		return c.look.Refused()
	case c.status >= 500: // whether it was taken, nobody knows
		return channel.Lost(c.happened(fmt.Sprintf("answered %d", c.status)))
	case c.status >= 400 && errors.As(err, &refusal):
		return Classify(c.status, refusal.Code)
	case c.status >= 300:
		return Classify(c.status, 0)
	case c.status != 0: // taken, but the answer broke off
		return channel.Lost(c.happened("answer broke off"))
	case c.handed.Load():
		return channel.Lost(c.happened("no answer"))
	case c.ctx.Err() != nil:
		return channel.Later(channel.ProviderDown, c.happened("connect"))
	case errors.As(err, &refusal): // twilio-go refused it before the call
		return channel.Misconfigured(fmt.Errorf("%s: code %d", c.what, refusal.Code))
	}
	return channel.Later(channel.ProviderDown, fmt.Errorf("%s: %w", c.what, bare(err)))
}

func (c *call) happened(how string) error {
	if err := c.ctx.Err(); err != nil {
		return fmt.Errorf("%s: %s: %w", c.what, how, err)
	}
	return errors.New(c.what + ": " + how)
}
