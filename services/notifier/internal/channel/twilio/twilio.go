// Package twilio sends texts through Twilio's Messages API.
//
// The API has no idempotency key: a text whose answer is lost may be on its way. Send says so and never sends it again by itself; Find asks
// Twilio whether it has it.
package twilio

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"countersign/services/notifier/internal/channel"
)

const maxValidity = 36_000 // seconds; Twilio's bound

// kept is how many connections wait for the next call: whoever finds none pays for a TLS handshake.
const kept = 64

// A Channel sends texts. New makes one.
type Channel struct {
	config    Config
	target    target
	transport http.RoundTripper
}

// New checks config and returns the channel; it does not connect.
func New(config Config) (*Channel, error) {
	target, err := config.check()
	if err != nil {
		return nil, fmt.Errorf("set up twilio: %w", err)
	}
	if config.Timeout == 0 {
		config.Timeout = DefaultTimeout
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = kept
	return &Channel{config: config, target: target, transport: transport}, nil
}

// Name implements channel.Channel.
func (*Channel) Name() string { return "twilio" }

// Close drops idle connections.
func (c *Channel) Close() { c.transport.(*http.Transport).CloseIdleConnections() }

// Send implements channel.Channel. The receipt's ProviderID is the SID, which status callbacks name.
func (c *Channel) Send(ctx context.Context, n channel.Notification) (channel.Receipt, error) {
	if !channel.IsPhone(n.To.Reveal()) {
		return channel.Receipt{}, channel.Permanent(channel.BadAddress, errors.New("not a number in E.164"))
	}
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	call := &call{ctx: ctx, target: c.target, next: c.transport, look: channel.NewLastLook(ctx, n), what: "send text"}
	service := api.NewApiServiceWithClient(c.client(call))
	message, err := service.CreateMessage(c.order(n))
	if err != nil {
		return channel.Receipt{}, call.failure(err)
	}
	return receipt(call, message)
}

// client is made for each call, because twilio-go takes no context: the call carries it. The call ends with its context, which is
// the only timeout, and it does not follow redirects.
func (c *Channel) client(call *call) *client.Client {
	own := &client.Client{
		Credentials: client.NewCredentials(c.config.AccountSID, c.config.AuthToken.Reveal()),
		HTTPClient: &http.Client{
			Transport:     call,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	own.SetAccountSid(c.config.AccountSID)
	return own
}

func (c *Channel) order(n channel.Notification) *api.CreateMessageParams {
	p := &api.CreateMessageParams{}
	p.SetTo(n.To.Reveal())
	p.SetBody(n.Text.Reveal())
	if c.config.From != "" {
		p.SetFrom(c.config.From)
	}
	if c.config.MessagingServiceSID != "" {
		p.SetMessagingServiceSid(c.config.MessagingServiceSID)
	}
	if c.config.StatusCallback != "" {
		p.SetStatusCallback(c.callback(n.Route))
	}
	if n.ValidFor > 0 { // Twilio's own default is ten hours
		p.SetValidityPeriod(min(maxValidity, max(1, int(n.ValidFor/time.Second))))
	}
	return p
}

func receipt(call *call, m *api.ApiV2010Message) (channel.Receipt, error) {
	switch {
	case call.status >= 300: // a redirect is no error to twilio-go
		return channel.Receipt{}, channel.Misconfigured(fmt.Errorf("send text: answered %d", call.status))
	case m.ErrorCode != nil && *m.ErrorCode != 0:
		return channel.Receipt{}, Classify(0, *m.ErrorCode)
	case m.Sid == nil || *m.Sid == "":
		return channel.Receipt{}, channel.Lost(errors.New("send text: answered without a SID"))
	}
	return channel.Receipt{ProviderID: *m.Sid}, nil
}
