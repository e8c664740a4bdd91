// Package smtp sends mail through one relay.
//
// A connection serves one mail at a time and is cut when that one's context ends: nothing hangs. It is kept for a few seconds for the next
// mail. One that the relay has closed meanwhile costs no mail and hides no outcome: it is asked for a sign of life before, and what it
// breaks off before the end of the message goes out at once over a new one. A mail sent again bears the same Message-ID, so that relays
// and mailboxes can drop the second copy.
package smtp

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"

	"github.com/wneessen/go-mail"

	"countersign/services/notifier/internal/channel"
)

// A Channel sends mail. New makes one.
type Channel struct {
	config Config
	sender sender
	tls    *tls.Config
	pool   pool
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
	if config.Idle == 0 {
		config.Idle = DefaultIdle
	}
	return &Channel{
		config: config, sender: sender, pool: pool{idle: config.Idle},
		tls: &tls.Config{ServerName: config.Host, RootCAs: config.Roots, MinVersion: tls.VersionTLS12},
	}, nil
}

// Name is what the channel is called.
const Name = "smtp"

// Name implements channel.Channel.
func (*Channel) Name() string { return Name }

// Send implements channel.Channel. The receipt's ProviderID is the Message-ID.
func (c *Channel) Send(ctx context.Context, n channel.Notification) (channel.Receipt, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	l, err := c.sender.letter(n, channel.NewLastLook(ctx, n))
	if err == nil {
		err = c.deliver(ctx, l)
	}
	if err != nil {
		return channel.Receipt{}, err
	}
	return channel.Receipt{ProviderID: l.id}, nil
}

// deliver sends over a kept session first, and over a new one where that turns out to be closed.
func (c *Channel) deliver(ctx context.Context, l letter) error {
	if s := c.pool.take(); s != nil {
		s.line.bind(ctx)
		if gone, err := c.over(ctx, s, l); !gone {
			return err
		}
	}
	s, err := c.open(ctx)
	if err != nil {
		return classifyDial(ctx, err)
	}
	_, err = c.over(ctx, s, l)
	return err
}

// over sends one mail over a session that is bound to its context, and keeps the session for the next. gone says that the session had
// come to its end before the relay could have the mail.
func (c *Channel) over(ctx context.Context, s *session, l letter) (gone bool, err error) {
	defer c.pool.put(s)
	if s.mails > 0 && !s.alive() {
		s.broken = true
		return ctx.Err() == nil, classifyDial(ctx, errGone)
	}
	err = s.send(l.Msg)
	s.broken = s.broken || !s.line.free()
	switch {
	case err == nil:
		return false, nil
	case l.look.Refused() != nil:
		return false, l.look.Refused()
	}
	return s.broken && ctx.Err() == nil && !left(err), classifySend(ctx, err)
}

var errGone = fmt.Errorf("the relay has closed the connection: %w", io.EOF)

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
