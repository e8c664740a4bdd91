package sink

import (
	"net"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
)

// A script is the faults still to come, safe for concurrent use.
type script[F any] struct {
	mu   sync.Mutex
	next []F
	draw func(Call) (F, bool) // where there is none to come; nil: nothing happens then
}

// A Call is a message that is being handed over, or asked for, at a moment at which a fault may meet it.
type Call struct {
	To   string   // an address or a number
	Line net.Addr // of this end: where the client has connected to
	Read bool     // all of it is here; false for a mail of which only the recipient is known so far
	// Begun is when it began: a request's first line, a mail's MAIL.
	Begun time.Time
}

func (s *script[F]) drawing(draw func(Call) (F, bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draw = draw
}

func (s *script[F]) add(faults ...F) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, faults...)
}

// drawn is a fault for a call where nothing is scripted.
func (s *script[F]) drawn(c Call) (F, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var none F
	if len(s.next) > 0 || s.draw == nil {
		return none, false
	}
	if fault, hit := s.draw(c); hit {
		return fault, true
	}
	return none, false
}

// take removes the first fault if it is for this moment.
func (s *script[F]) take(now func(F) bool) (F, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var none F
	if len(s.next) == 0 || !now(s.next[0]) {
		return none, false
	}
	first := s.next[0]
	s.next = s.next[1:]
	return first, true
}

type mailStage int

const (
	atMail mailStage = iota + 1
	atRcpt
	atContent
	atData
	atReply
)

// A MailFault is what one mail meets instead of being taken.
type MailFault struct {
	at       mailStage
	code     int
	enhanced smtp.EnhancedCode
	silent   bool
	cut      bool
	reached  chan<- struct{}
	until    <-chan struct{}
}

// RefuseSender answers MAIL with code (4xx or 5xx) and its enhanced code, for instance 550, 5, 7, 1.
func RefuseSender(code, class, subject, detail int) MailFault {
	return MailFault{at: atMail, code: code, enhanced: smtp.EnhancedCode{class, subject, detail}}
}

// RefuseRecipient answers RCPT with code (4xx or 5xx) and its enhanced code, for instance 550, 5, 1, 1.
func RefuseRecipient(code, class, subject, detail int) MailFault {
	return MailFault{at: atRcpt, code: code, enhanced: smtp.EnhancedCode{class, subject, detail}}
}

// RefuseContent reads the mail, drops it and answers with code (4xx or 5xx) and its enhanced code.
func RefuseContent(code, class, subject, detail int) MailFault {
	return MailFault{at: atData, code: code, enhanced: smtp.EnhancedCode{class, subject, detail}}
}

// HoldAtSender closes one channel at MAIL, and answers once the other is closed.
func HoldAtSender(reached chan<- struct{}, until <-chan struct{}) MailFault {
	return MailFault{at: atMail, reached: reached, until: until}
}

// DropAtSender cuts the connection at MAIL.
func DropAtSender() MailFault { return MailFault{at: atMail, cut: true} }

// DropAtRecipient cuts the connection at RCPT.
func DropAtRecipient() MailFault { return MailFault{at: atRcpt, cut: true} }

// DropInContent lets the mail begin and cuts the connection before its end.
func DropInContent() MailFault { return MailFault{at: atContent, cut: true} }

// DropBeforeTaking reads the mail, drops it and cuts the connection.
func DropBeforeTaking() MailFault { return MailFault{at: atData, cut: true} }

// StallAfterData takes the mail and never answers.
func StallAfterData() MailFault { return MailFault{at: atReply, silent: true} }

// DropBeforeReply takes the mail and cuts the connection before the 250.
func DropBeforeReply() MailFault { return MailFault{at: atReply} }
