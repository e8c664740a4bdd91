// Package smtp sends mail through one relay.
//
// Each mail has a connection of its own, which ends with the context: nothing hangs, and nothing is shared between sendings. A mail
// sent again bears the same Message-ID, so that relays and mailboxes can drop the second copy.
package smtp

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"github.com/wneessen/go-mail"

	"countersign/services/notifier/internal/channel"
)

const goodbye = 2 * time.Second // how long a relay that took the mail may need for its farewell

// A Channel sends mail. New makes one.
type Channel struct {
	config Config
	sender sender
	tls    *tls.Config
}

// New checks config and returns the channel; it does not connect.
func New(config Config) (*Channel, error) {
	sender, err := config.check()
	if err != nil {
		return nil, fmt.Errorf("set up smtp: %w", err)
	}
	if config.Timeout == 0 {
		config.Timeout = DefaultTimeout
	}
	return &Channel{
		config: config, sender: sender,
		tls: &tls.Config{ServerName: config.Host, RootCAs: config.Roots, MinVersion: tls.VersionTLS12},
	}, nil
}

// Name implements channel.Channel.
func (*Channel) Name() string { return "smtp" }

// Send implements channel.Channel. The receipt's ProviderID is the Message-ID.
func (c *Channel) Send(ctx context.Context, n channel.Notification) (channel.Receipt, error) {
	message, id, err := c.sender.message(n)
	if err != nil {
		return channel.Receipt{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	if err := c.deliver(ctx, message); err != nil {
		return channel.Receipt{}, err
	}
	return channel.Receipt{ProviderID: id}, nil
}

// deliver owns the connection: go-mail obeys a context only while it dials, and leaves connections open after some errors.
func (c *Channel) deliver(ctx context.Context, message *mail.Msg) error {
	line := &line{ctx: ctx, config: c.config, tls: c.tls}
	defer line.close()
	client, err := c.client(line)
	if err != nil {
		return channel.Misconfigured(err)
	}
	session, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return classifyDial(ctx, err)
	}
	err = client.SendWithSMTPClient(session, message)
	if !message.IsDelivered() {
		return classifySend(ctx, err)
	}
	line.hurry()
	_ = client.CloseWithSMTPClient(session) // the relay has the mail: how it says goodbye changes nothing
	return nil
}

func (c *Channel) client(l *line) (*mail.Client, error) {
	policy := mail.NoTLS
	if c.config.TLS == StartTLS {
		policy = mail.TLSMandatory
	}
	options := []mail.Option{
		mail.WithPort(c.config.Port), mail.WithTimeout(c.config.Timeout), mail.WithTLSConfig(c.tls), mail.WithTLSPolicy(policy),
		mail.WithDialContextFunc(l.dial), mail.WithoutNoop(), mail.WithoutRset(),
	}
	if c.config.User != "" {
		options = append(options, mail.WithUsername(c.config.User), mail.WithPassword(c.config.Password.Reveal()),
			mail.WithOpportunisticSMTPAuth(c.config.mechanisms()...))
	}
	return mail.NewClient(c.config.Host, options...)
}

// A line is the connection of one mail; it is cut when the context ends.
type line struct {
	ctx    context.Context
	config Config
	tls    *tls.Config
	conn   net.Conn
	stop   func() bool
}

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.conn = conn
	l.stop = context.AfterFunc(l.ctx, func() { _ = conn.Close() })
	if l.config.TLS != Implicit {
		return conn, nil
	}
	secure := tls.Client(conn, l.tls)
	return secure, secure.HandshakeContext(ctx)
}

func (l *line) hurry() { _ = l.conn.SetDeadline(time.Now().Add(goodbye)) }

func (l *line) close() {
	if l.conn != nil {
		l.stop()
		_ = l.conn.Close()
	}
}
