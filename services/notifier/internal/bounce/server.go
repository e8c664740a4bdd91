package bounce

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/emersion/go-smtp"
)

// Bounds of what comes in.
const (
	maxMail     = 256 << 10 // bytes; a report may hold the mail that it is about
	maxPaths    = 4         // recipients of a mail; a report has one
	maxRefused  = 3         // recipients of a connection that there are not
	commandTime = 30 * time.Second
	keepTime    = 10 * time.Second
)

// Config is what a server needs.
type Config struct {
	Domain string // how it greets
	// Find gives the try of an address: ErrUnknown where there was none.
	Find func(ctx context.Context, address string) (Place, error)
	// Take keeps what a report says of a try, whatever was said before. After an error the report comes again.
	Take   func(ctx context.Context, at Place, r Report) error
	Noted  func(outcome string) // taken, passed_over, refused or failed; nil: nobody counts
	Logger *slog.Logger
}

// ErrUnknown is an address that no mail was ever sent with.
var ErrUnknown = errors.New("no mail comes back to this address")

// Serve takes mails on l until ctx ends, and closes l. It returns when nothing of it is at work any more.
func Serve(ctx context.Context, l net.Listener, c Config) error {
	lines, s := bounded(l), &server{Config: c, ctx: ctx}
	inner := smtp.NewServer(smtp.BackendFunc(s.session))
	inner.Domain = c.Domain
	inner.MaxMessageBytes, inner.MaxRecipients = maxMail, maxPaths
	inner.ReadTimeout, inner.WriteTimeout = commandTime, commandTime
	inner.EnableSMTPUTF8 = true // reports of mails to such addresses (RFC 6533)
	inner.ErrorLog = quiet{c.Logger}
	stop := context.AfterFunc(ctx, lines.end)
	defer stop()
	err := inner.Serve(lines)
	lines.end()
	idle, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepTime)
	defer cancel()
	_ = inner.Shutdown(idle) // every line is closed: what is at work is about to end
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("serve returned mails: %w", err)
}

type server struct {
	Config
	ctx context.Context
}

func (s *server) note(outcome string) {
	if s.Noted != nil {
		s.Noted(outcome)
	}
}

func (s *server) session(c *smtp.Conn) (smtp.Session, error) {
	return &session{server: s, conn: c}, nil
}

// A session is one connection.
type session struct {
	server  *server
	conn    *smtp.Conn
	to      []Place
	refused int
}

var (
	errNotNull = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Only reports of deliveries are taken here"}
	errNobody  = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such address"}
	errTooMany = &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 7, 0}, Message: "Too many unknown addresses"}
	errLater   = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Try again later"}
)

// Mail refuses whoever can be answered: a report has no sender (RFC 3461 6.2), so that none is ever made about it.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if from != "" {
		return errNotNull
	}
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	ctx, cancel := context.WithTimeout(s.server.ctx, keepTime)
	defer cancel()
	at, err := s.server.Find(ctx, to)
	switch {
	case err == nil:
		s.to = append(s.to, at)
		return nil
	case !errors.Is(err, ErrUnknown):
		s.server.Logger.WarnContext(ctx, "returned mail cannot be taken now", "error", err)
		return errLater
	}
	s.server.note("refused")
	if s.refused++; s.refused >= maxRefused {
		if l, ok := s.conn.Conn().(*line); ok {
			l.hangUp()
		}
		return errTooMany
	}
	return errNobody
}

// Data takes the report; what is none is taken as well and passed over, since nobody can be told.
func (s *session) Data(r io.Reader) error {
	report, err := Read(r)
	if _, unread := io.Copy(io.Discard, r); unread != nil {
		return unread // what is too large, or was cut off
	}
	if err != nil {
		s.server.note("passed_over")
		return nil
	}
	ctx, cancel := context.WithTimeout(s.server.ctx, keepTime)
	defer cancel()
	for _, at := range s.to {
		if err := s.server.Take(ctx, at, report); err != nil {
			s.server.note("failed")
			s.server.Logger.WarnContext(ctx, "returned mail was not taken", "notification_id", at.ID, "error", err)
			return errLater
		}
		s.server.note("taken")
	}
	return nil
}

func (s *session) Reset()        { s.to = nil }
func (s *session) Logout() error { return nil }

// quiet passes on what the server says about connections; it never speaks of their content.
type quiet struct{ log *slog.Logger }

func (q quiet) Printf(format string, v ...any) {
	q.log.Debug("returned mails", "message", fmt.Sprintf(format, v...))
}
func (q quiet) Println(v ...any) { q.log.Debug("returned mails", "message", fmt.Sprint(v...)) }
