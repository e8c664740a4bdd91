package sink

import (
	"sync"

	"github.com/emersion/go-smtp"
)

// A script is the faults still to come, safe for concurrent use.
type script[F any] struct {
	mu   sync.Mutex
	next []F
	draw func() (F, bool) // where there is none to come; nil: nothing happens then
}

func (s *script[F]) drawing(draw func() (F, bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.draw = draw
}

func (s *script[F]) add(faults ...F) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = append(s.next, faults...)
}

// take removes the first fault if it is for this moment.
func (s *script[F]) take(now func(F) bool) (F, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var none F
	if len(s.next) == 0 && s.draw != nil {
		if drawn, hit := s.draw(); hit && now(drawn) {
			return drawn, true
		}
		return none, false
	}
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

// StallAfterData takes the mail and never answers.
func StallAfterData() MailFault { return MailFault{at: atReply, silent: true} }

// DropBeforeReply takes the mail and cuts the connection before the 250.
func DropBeforeReply() MailFault { return MailFault{at: atReply} }
