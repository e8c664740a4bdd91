// Package gateway sends texts through any provider that takes them by one HTTP request, whose body is written as a template.
//
// Nothing is known of such a provider but its status codes: what it answers with 5xx, or not at all, may have been taken, and nobody can be
// asked.
package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"countersign/services/notifier/internal/channel"
)

const (
	maxAnswer = 64 << 10 // bytes
	kept      = 64       // connections that wait for the next call: whoever finds none pays for a TLS handshake
)

// A Channel sends texts. New makes one.
type Channel struct {
	config Config
	client *http.Client
}

// New checks config and returns the channel; it does not connect.
func New(config Config) (*Channel, error) {
	if err := config.check(); err != nil {
		return nil, fmt.Errorf("set up gateway: %w", err)
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = kept
	return &Channel{config: config, client: &http.Client{
		Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Name implements channel.Channel.
func (*Channel) Name() string { return "gateway" }

// Close drops idle connections.
func (c *Channel) Close() { c.client.CloseIdleConnections() }

// Send implements channel.Channel. The receipt's ProviderID is what the answer's field of Config.Reference says, else the notification's own.
func (c *Channel) Send(ctx context.Context, n channel.Notification) (channel.Receipt, error) {
	if !channel.IsPhone(n.To.Reveal()) {
		return channel.Receipt{}, channel.Permanent(channel.BadAddress, errors.New("not a number in E.164"))
	}
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	look := channel.NewLastLook(ctx, n)
	var left atomic.Bool // the request began to leave: the gateway may have it
	request, err := c.request(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { left.Store(false) }, WroteHeaders: func() { left.Store(true) },
	}), n)
	if err != nil {
		return channel.Receipt{}, channel.Misconfigured(err)
	}
	look.Request(request)
	response, err := c.client.Do(request)
	if refused := look.Refused(); refused != nil {
		return channel.Receipt{}, refused
	}
	if err != nil {
		return channel.Receipt{}, unanswered(ctx, left.Load(), err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if failure := c.config.classify(response.StatusCode, body); failure != nil {
		return channel.Receipt{}, failure
	}
	if err != nil {
		return channel.Receipt{}, channel.Lost(lostBy(ctx, "answer broke off"))
	}
	return channel.Receipt{ProviderID: c.config.reference(body, n.ID)}, nil
}

func (c *Channel) request(ctx context.Context, n channel.Notification) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.config.URL, bytes.NewBufferString(c.config.body(n).Reveal()))
	if err != nil {
		return nil, errors.New("make request: the URL is none")
	}
	request.Header.Set("Content-Type", string(c.config.Form))
	if !c.config.Authorization.IsZero() {
		request.Header.Set("Authorization", c.config.Authorization.Reveal())
	}
	return request, nil
}

// unanswered leaves out the URL that net/http wraps around an error: it may hold a key.
func unanswered(ctx context.Context, left bool, err error) *channel.Failure {
	if left {
		return channel.Lost(lostBy(ctx, "no answer"))
	}
	if ctx.Err() != nil {
		return channel.Later(channel.ProviderDown, lostBy(ctx, "connect"))
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	return channel.Later(channel.ProviderDown, fmt.Errorf("send text: %w", err))
}

func lostBy(ctx context.Context, how string) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("send text: %s: %w", how, err)
	}
	return errors.New("send text: " + how)
}

// classify is nil for what was taken. The gateway's own words are left out: they may quote numbers.
func (c Config) classify(status int, body []byte) *channel.Failure {
	err := fmt.Errorf("send text: answered %d", status)
	switch {
	case status < 300:
		return nil
	case status >= 500:
		return channel.Lost(err)
	case status == http.StatusTooManyRequests:
		return channel.Later(channel.ProviderDown, err)
	case status >= 400 && c.bad != nil && c.bad.Match(body):
		return channel.Permanent(channel.BadAddress, err)
	}
	return channel.Misconfigured(err)
}

func (c Config) reference(body []byte, own string) string {
	var fields map[string]any
	if c.Reference != "" && json.Unmarshal(body, &fields) == nil {
		if name := fmt.Sprint(fields[c.Reference]); fields[c.Reference] != nil && len(name) <= maxReference {
			return name
		}
	}
	return own
}
