package sink

import (
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

const (
	maxMail       = 1 << 20 // bytes
	maxRecipients = 10
	mailIdle      = time.Minute
)

// SMTPOptions sets up an SMTP server.
type SMTPOptions struct {
	Inbox    *Inbox       // required
	TLS      *tls.Config  // offers STARTTLS; nil: the line is in clear
	Implicit bool         // TLS from the first byte instead; needs TLS
	User     string       // demands AUTH PLAIN or LOGIN as this user, after STARTTLS where it is offered; empty: nobody logs in
	Password string       // of User
	Unknown  []string     // recipients that are refused with 550 5.1.1
	Takes    func(Call)   // comes before each mail is taken, and may take its time, as a relay does; nil: nothing
	Log      *slog.Logger // nil means slog.Default; never sees a message
}

// An SMTP server puts every mail that it takes into an inbox, once for each recipient.
type SMTP struct {
	options SMTPOptions
	server  *smtp.Server
	faults  script[MailFault]

	mu       sync.Mutex
	listener net.Listener
	closed   bool
	logins   []string
	talking  map[*smtp.Conn]net.Conn
}

// NewSMTP returns a server that waits for Serve.
func NewSMTP(o SMTPOptions) (*SMTP, error) {
	if o.Implicit && o.TLS == nil {
		return nil, errors.New("set up smtp sink: implicit TLS needs a certificate")
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Takes == nil {
		o.Takes = func(Call) {}
	}
	s := &SMTP{options: o, talking: map[*smtp.Conn]net.Conn{}}
	s.server = smtp.NewServer(smtp.BackendFunc(s.session))
	s.server.Domain = "localhost"
	s.server.MaxMessageBytes = maxMail
	s.server.MaxRecipients = maxRecipients
	s.server.ReadTimeout, s.server.WriteTimeout = mailIdle, mailIdle
	s.server.EnableSMTPUTF8 = true
	s.server.TLSConfig = o.TLS
	s.server.AllowInsecureAuth = o.TLS == nil
	s.server.ErrorLog = smtpLog{o.Log}
	return s, nil
}

// Serve takes mails on l until Close, and then returns nil. It is called once.
func (s *SMTP) Serve(l net.Listener) error {
	if !s.open(l) {
		return l.Close()
	}
	if s.options.Implicit {
		l = tls.NewListener(l, s.options.TLS)
	}
	return s.server.Serve(l)
}

// open keeps the listener for Close: the server knows it only once it serves, and a Close before that would go unseen.
func (s *SMTP) open(l net.Listener) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listener = l
	return !s.closed
}

// Close ends Serve and every connection, in whatever they are.
func (s *SMTP) Close() error {
	err := s.server.Close()
	if errors.Is(err, smtp.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		err = nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.listener != nil {
		_ = s.listener.Close() // closed by the server already, if it served
	}
	if err != nil {
		return fmt.Errorf("close smtp sink: %w", err)
	}
	return nil
}

// HangUp cuts every connection, in whatever it is, and goes on to serve.
func (s *SMTP) HangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, conn := range s.talking {
		_ = conn.Close()
	}
}

// Script makes the next mails meet these faults, one each and in order.
func (s *SMTP) Script(faults ...MailFault) { s.faults.add(faults...) }

// Disturb asks draw what a mail meets for which nothing is scripted: when its recipient is named and when all of it is read. A fault that is for
// another moment does nothing. It is not called twice at once.
func (s *SMTP) Disturb(draw func(Call) (MailFault, bool)) { s.faults.drawing(draw) }

// Logins returns the mechanism of every login so far, for instance "PLAIN".
func (s *SMTP) Logins() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.logins...)
}

func (s *SMTP) session(c *smtp.Conn) (smtp.Session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.talking[c] = c.Conn()
	return &mailSession{sink: s, conn: c, trusted: s.options.User == ""}, nil
}

func (s *SMTP) left(c *smtp.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.talking, c)
}

func (s *SMTP) login(mechanism, user, password string) error {
	right := subtle.ConstantTimeCompare([]byte(user), []byte(s.options.User)) &
		subtle.ConstantTimeCompare([]byte(password), []byte(s.options.Password))
	if right != 1 {
		return smtp.ErrAuthFailed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.logins = append(s.logins, mechanism)
	return nil
}

// loginServer is the LOGIN mechanism, which go-sasl has for clients only.
type loginServer struct {
	check func(user, password string) error
	user  string
	asked int
}

func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	switch {
	case l.asked == 0 && response == nil:
		return []byte("Username:"), false, nil
	case l.asked == 0:
		l.asked, l.user = 1, string(response)
		return []byte("Password:"), false, nil
	case l.asked == 1:
		l.asked = 2
		return nil, true, l.check(l.user, string(response))
	}
	return nil, false, sasl.ErrUnexpectedClientResponse
}

// smtpLog passes on what the server says about connections; it never speaks of their content.
type smtpLog struct{ log *slog.Logger }

func (l smtpLog) Printf(format string, v ...any) {
	l.log.Debug("smtp sink", "message", fmt.Sprintf(format, v...))
}
func (l smtpLog) Println(v ...any) { l.log.Debug("smtp sink", "message", fmt.Sprint(v...)) }
