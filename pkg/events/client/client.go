// Package client is what a Go platform imports: it publishes that a user has passed the password, and says whether the second factor holds.
//
//   - No answer is no. Only Login.Passed opens a session, and only for as long as the answer says.
//   - A lost answer and a restart are found out: Ask sends again under the same id, LoginStatus asks the primary record.
//   - An event from history (Listen) never opens a session.
//   - Codes, addresses and numbers are sealed to the workers' key when Config.Seal is set.
//
// A Client is safe for concurrent use and holds no state but the connection and the workers' public keys; any number of replicas
// of a platform may each have one. Examples that run stand in example_test.go of module countersign/e2e: they need the workers.
package client

import (
	"context"
	"fmt"
	"strings"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Config is what a Client is made of.
type Config struct {
	Conn     *nats.Conn    // made by Connect, or with nats.CustomInboxPrefix(InboxPrefix(platform)); the caller closes it
	Platform string        // DNS label
	Source   string        // ce-source of everything that this client publishes, at most 256 bytes; default /<platform>
	Timeout  time.Duration // for one answer where the context has no earlier deadline; default 10 s
	Seal     bool          // hide code, email and phone on the way to the workers
	// TraceParent gives the W3C traceparent of what a call is for, so that the workers' spans stand below the platform's; empty, or nil: none.
	TraceParent func(context.Context) string
}

// A Client speaks for one platform.
type Client struct {
	conf     Config
	js       jetstream.JetStream
	registry *events.Registry
	refusals refusals
	keys     keys
}

// InboxPrefix is where replies to a platform must arrive: its credential may listen nowhere else.
func InboxPrefix(platform string) string { return "_INBOX." + platform }

// Connect connects as the platform. Options say how to authenticate, such as nats.UserCredentials; they have the last word.
func Connect(url, platform string, options ...nats.Option) (*nats.Conn, error) {
	all := []nats.Option{
		nats.Name(platform), nats.CustomInboxPrefix(InboxPrefix(platform)),
		nats.MaxReconnects(-1), nats.PermissionErrOnSubscribe(true),
	}
	nc, err := nats.Connect(url, append(all, options...)...)
	if err != nil {
		return nil, fmt.Errorf("connect %s to the bus: %w", platform, err)
	}
	return nc, nil
}

// Source is the ce-source of everything that this client publishes.
func (c *Client) Source() string { return c.conf.Source }

// New checks the configuration; it does not ask the bus anything. It hears the connection's errors before the connection's own handler.
func New(c Config) (*Client, error) {
	if c.Conn == nil || c.Platform == "" {
		return nil, fmt.Errorf("make client: Conn and Platform are required")
	}
	if got := c.Conn.Opts.InboxPrefix; strings.TrimSuffix(got, ".") != InboxPrefix(c.Platform) {
		return nil, fmt.Errorf("make client: the connection's inbox prefix is %q, want %q: make it with client.Connect", got, InboxPrefix(c.Platform))
	}
	if c.Source == "" {
		c.Source = "/" + c.Platform
	}
	if c.Timeout <= 0 {
		c.Timeout = 10 * time.Second
	}
	js, err := jetstream.New(c.Conn)
	if err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	made := &Client{conf: c, js: js, registry: catalog.New()}
	made.refusals.hear(c.Conn)
	return made, nil
}
