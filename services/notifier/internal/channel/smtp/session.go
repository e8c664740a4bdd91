package smtp

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/textproto"
	"time"

	"github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

const (
	goodbye = 2 * time.Second // how long a relay may need for its farewell
	greets  = 2 * time.Second // how long a kept session may need to show that it is still there
)

// A session is a connection over which the relay takes mails, one after the other.
type session struct {
	line   *line
	client *mail.Client
	smtp   *smtp.Client
	mails  int  // that were sent over it
	broken bool // nobody knows what the relay would hear next
	expiry *time.Timer
}

// open dials a session; the line is bound to the context until it is free.
func (c *Channel) open(ctx context.Context) (*session, error) {
	s := &session{line: &line{ctx: ctx, config: c.config, tls: c.tls}}
	var err error
	if s.client, err = c.client(s.line); err != nil {
		return nil, err
	}
	if s.smtp, err = s.client.DialToSMTPClientWithContext(ctx); err != nil {
		s.line.close() // go-mail leaves connections open after some errors
		return nil, err
	}
	return s, nil
}

// alive asks the relay to forget what it has heard: one that has closed a kept session is found out before a mail is begun.
func (s *session) alive() bool {
	return s.smtp.UpdateDeadline(greets) == nil && s.smtp.Reset() == nil
}

// send returns nil once the relay has the mail.
func (s *session) send(message *mail.Msg) error {
	err := s.client.SendWithSMTPClient(s.smtp, message)
	s.mails++
	if message.IsDelivered() {
		return nil
	}
	if err == nil {
		err = errors.New("not sent")
	}
	code := replyCode(err)
	s.broken = code == 0 || code == closing
	return err
}

// closing is what a relay says that is about to close the connection, whatever it was asked.
const closing = 421

func replyCode(err error) int {
	if refusal, ok := errors.AsType[*mail.SendError](err); ok {
		return refusal.ErrorCode()
	}
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return reply.Code
	}
	return 0
}

// quit leaves politely; how the relay takes it changes nothing.
func (s *session) quit() {
	if !s.broken {
		_ = s.line.conn.SetDeadline(time.Now().Add(goodbye))
		_ = s.client.CloseWithSMTPClient(s.smtp)
	}
	s.line.close()
}

// A line is a connection that is cut when the context of its present mail ends.
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
	l.bind(l.ctx)
	if l.config.TLS != Implicit {
		return conn, nil
	}
	secure := tls.Client(conn, l.tls)
	return secure, secure.HandshakeContext(ctx)
}

func (l *line) bind(ctx context.Context) {
	l.stop = context.AfterFunc(ctx, func() { _ = l.conn.Close() })
}

// free reports whether the connection outlives the context that it was bound to.
func (l *line) free() bool { return l.stop() }

func (l *line) close() {
	if l.conn != nil {
		l.stop()
		_ = l.conn.Close()
	}
}
