package sink

import (
	"context"
	"net"
	"net/http"
	"time"
)

type textEnd int

const (
	refused  textEnd = iota + 1 // an error status, nothing accepted
	cut                         // the connection is reset, nothing accepted
	cutAfter                    // accepted, then the connection is reset
	silent                      // accepted, then no answer
	broken                      // accepted, then an error status
)

// A TextFault is what one text meets.
type TextFault struct {
	end         textEnd
	reply       *reply
	undelivered int
}

// TooManyTexts answers 429 with Twilio's code 20429.
func TooManyTexts() TextFault {
	return TextFault{end: refused, reply: refuse(http.StatusTooManyRequests, 20429, "Too Many Requests")}
}

// ServerFault answers with a status of 500 or more, in Twilio's JSON.
func ServerFault(status int) TextFault {
	return TextFault{end: refused, reply: refuse(status, 20500, "Internal Server Error")}
}

// ResetConnection cuts the connection after the request and accepts nothing. The client cannot know that.
func ResetConnection() TextFault { return TextFault{end: cut} }

// AcceptThenReset accepts the text and cuts the connection before the answer.
func AcceptThenReset() TextFault { return TextFault{end: cutAfter} }

// AcceptThenTimeout accepts the text and never answers.
func AcceptThenTimeout() TextFault { return TextFault{end: silent} }

// AcceptThenServerFault accepts the text and answers with a status of 500 or more.
func AcceptThenServerFault(status int) TextFault {
	return TextFault{end: broken, reply: refuse(status, 20500, "Internal Server Error")}
}

// Undelivered accepts the text and later reports it undelivered with one of Twilio's codes, for instance 30005.
func Undelivered(code int) TextFault { return TextFault{undelivered: code} }

func callOf(r *http.Request, to string, begun time.Time) Call {
	line, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return Call{To: to, Line: line, Read: true, Begun: begun}
}

// meets is what a request meets.
func (s *script[F]) meets(c Call) F {
	if fault, ok := s.take(func(F) bool { return true }); ok {
		return fault
	}
	fault, _ := s.drawn(c)
	return fault
}

func (f TextFault) before(w http.ResponseWriter) (done bool) {
	switch f.end {
	case refused:
		answer(w, f.reply)
	case cut:
		reset(w)
	default:
		return false
	}
	return true
}

func (f TextFault) after(ctx context.Context, w http.ResponseWriter, r *http.Request) (done bool) {
	switch f.end {
	case cutAfter:
		reset(w)
	case broken:
		answer(w, f.reply)
	case silent:
		select {
		case <-r.Context().Done():
		case <-ctx.Done():
		}
		reset(w)
	default:
		return false
	}
	return true
}

func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2 has no connection of its own to cut; this resets its stream
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset, not a polite end
	}
	_ = conn.Close()
}
