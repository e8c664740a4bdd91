package sink

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/jhillyerd/enmime/v2"
)

// A mailSession is one connection's way from MAIL to the inbox.
type mailSession struct {
	sink    *SMTP
	conn    *smtp.Conn
	trusted bool // nobody need log in, or they have
	from    string
	to      []string
	begun   time.Time // the present mail
	drawn   MailFault // what it meets for which nothing is scripted
}

func (s *mailSession) AuthMechanisms() []string {
	if s.sink.options.User == "" {
		return nil
	}
	return []string{sasl.Plain, sasl.Login}
}

func (s *mailSession) Auth(mechanism string) (sasl.Server, error) {
	check := func(user, password string) error {
		err := s.sink.login(mechanism, user, password)
		s.trusted = err == nil
		return err
	}
	switch mechanism {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	case sasl.Login:
		return &loginServer{check: check}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	s.from = from
	if !s.trusted {
		return &smtp.SMTPError{Code: 530, EnhancedCode: smtp.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	s.begun = time.Now()
	return s.refusal(atMail, "the sender")
}

func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.drawn, _ = s.sink.faults.drawn(s.call(to, false))
	if err := s.refusal(atRcpt, to); err != nil {
		return err
	}
	if slices.Contains(s.sink.options.Unknown, to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "<" + to + "> is unknown"}
	}
	s.to = append(s.to, to)
	return nil
}

func (s *mailSession) Data(r io.Reader) error {
	if err := s.refusal(atContent, s.to[0]); err != nil {
		return err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err // a size error of the server's own carries its code
	}
	s.drawn, _ = s.sink.faults.drawn(s.call(s.to[0], true))
	if err := s.refusal(atData, s.to[0]); err != nil {
		return err
	}
	s.sink.options.Takes(s.call(s.to[0], true))
	if err := s.take(raw); err != nil {
		return &smtp.SMTPError{Code: 554, EnhancedCode: smtp.EnhancedCode{5, 6, 0}, Message: "Not a mail"}
	}
	s.vanish()
	return nil
}

func (s *mailSession) Reset() { s.to = nil }

func (s *mailSession) Logout() error {
	s.sink.left(s.conn)
	return nil
}

func (s *mailSession) take(raw []byte) error {
	mail, err := enmime.ReadEnvelope(bytes.NewReader(raw))
	if err != nil {
		return errors.New("not a mail")
	}
	for _, to := range s.to {
		s.sink.options.Inbox.Add(Message{
			Channel: Email, ReturnPath: s.from, To: to, Subject: mail.GetHeader("Subject"), Text: mail.Text, HTML: mail.HTML,
		})
	}
	return nil
}

func (s *mailSession) call(to string, read bool) Call {
	return Call{To: to, Line: s.conn.Conn().LocalAddr(), Read: read, Begun: s.begun}
}

func (s *mailSession) meets(at mailStage) (MailFault, bool) {
	if fault, ok := s.sink.faults.take(func(f MailFault) bool { return f.at == at }); ok {
		return fault, true
	}
	return s.drawn, s.drawn.at == at
}

// refusal quotes the address, as real servers do: whoever logs a server's words logs it.
func (s *mailSession) refusal(at mailStage, about string) error {
	fault, ok := s.meets(at)
	if !ok {
		return nil
	}
	if fault.until != nil {
		close(fault.reached)
		<-fault.until
		return nil
	}
	if fault.cut {
		_ = s.conn.Conn().Close()
	}
	return &smtp.SMTPError{Code: fault.code, EnhancedCode: fault.enhanced, Message: "Scripted refusal of <" + about + ">"}
}

// vanish keeps the 250 from a client whose mail was taken, if the script says so.
func (s *mailSession) vanish() {
	fault, ok := s.meets(atReply)
	if !ok {
		return
	}
	line := s.conn.Conn()
	if fault.silent {
		_ = line.SetReadDeadline(time.Time{})
		_, _ = line.Read(make([]byte, 1)) // until the client or the server gives up
	}
	_ = line.Close()
}
