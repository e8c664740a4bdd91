package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"

	"github.com/wneessen/go-mail"

	"countersign/services/notifier/internal/channel"
)

// classifyDial says what became of a mail for which no session came about: nothing was handed over.
func classifyDial(ctx context.Context, err error) *channel.Failure {
	var reply *textproto.Error
	var network net.Error
	switch {
	case ctx.Err() != nil:
		return channel.Later(channel.ProviderDown, fmt.Errorf("connect: %w", ctx.Err()))
	case errors.As(err, &reply) && reply.Code < 500:
		return channel.Later(channel.ProviderDown, fmt.Errorf("connect: relay says %d", reply.Code))
	case errors.As(err, &reply):
		return channel.Misconfigured(fmt.Errorf("connect: relay says %d", reply.Code))
	case untrusted(err):
		return channel.Misconfigured(fmt.Errorf("connect: TLS: %w", err))
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return channel.Later(channel.ProviderDown, fmt.Errorf("connect: %w", err))
	}
	return channel.Misconfigured(fmt.Errorf("connect: %w", err)) // no STARTTLS, no AUTH: go-mail has no types for these
}

func untrusted(err error) bool {
	var certificate *tls.CertificateVerificationError
	var host x509.HostnameError
	var record tls.RecordHeaderError
	return errors.As(err, &certificate) || errors.As(err, &host) || errors.As(err, &record)
}

// classifySend says what became of a mail that a session did not deliver. The relay's words are left out: they quote addresses.
func classifySend(ctx context.Context, err error) *channel.Failure {
	var refusal *mail.SendError
	if !errors.As(err, &refusal) {
		return channel.Later(channel.ProviderDown, errors.New("no session"))
	}
	if refusal.ErrorCode() != 0 {
		return classifyReply(reply{refusal.Reason, refusal.ErrorCode(), refusal.EnhancedStatusCode()})
	}
	what := fmt.Errorf("%s: connection lost", stage(refusal.Reason))
	if ctx.Err() != nil {
		what = fmt.Errorf("%s: %w", stage(refusal.Reason), ctx.Err())
	}
	if left(err) {
		return channel.Lost(what)
	}
	return channel.Later(channel.ProviderDown, what)
}

// left reports whether the last dot may have reached the relay, which has not answered: it may have taken the mail.
func left(err error) bool {
	refusal, ok := errors.AsType[*mail.SendError](err)
	return ok && refusal.Reason == mail.ErrSMTPDataClose && refusal.ErrorCode() == 0
}

// Returned says what a report of a mail that was given up means: what the server that refused it said (0 where it is not told) and why.
func Returned(code int, enhanced string) *channel.Failure {
	if code < 500 {
		code = 554
	}
	f := classifyReply(reply{mail.ErrSMTPRcptTo, code, enhanced})
	f.Code, f.Err = enhanced, fmt.Errorf("returned: %s", enhanced)
	return f
}

// A reply is a relay's refusal.
type reply struct {
	at       mail.SendErrReason
	code     int    // 400 to 599
	enhanced string // RFC 3463, for instance 5.1.1; may be empty
}

// classifyReply goes by the enhanced code where there is one: X.1 is about the address, X.2 about the mailbox, X.4 about the way
// there, X.7 about who asks.
func classifyReply(r reply) *channel.Failure {
	what := fmt.Errorf("%s: relay says %d %s", stage(r.at), r.code, r.enhanced)
	if r.enhanced == "" {
		what = fmt.Errorf("%s: relay says %d", stage(r.at), r.code)
	}
	atRecipient := r.at != mail.ErrSMTPMailFrom
	mailbox := atRecipient && (r.subject("2") || r.subject("4"))
	switch {
	case r.code < 500 && mailbox:
		return channel.Later(channel.Unreachable, what)
	case r.code < 500:
		return channel.Later(channel.ProviderDown, what)
	case mailbox:
		return channel.Permanent(channel.Unreachable, what)
	case atRecipient && r.aboutAddress():
		return channel.Permanent(channel.BadAddress, what)
	}
	return channel.Misconfigured(what)
}

func (r reply) subject(s string) bool {
	parts := strings.Split(r.enhanced, ".")
	return len(parts) == 3 && parts[1] == s
}

// aboutAddress reads 550, 551 and 553 as "no such mailbox" unless the relay says otherwise; RFC 5321 4.2.3.
func (r reply) aboutAddress() bool {
	switch {
	case r.enhanced == "" || r.subject("0"):
		return r.code == 550 || r.code == 551 || r.code == 553
	case strings.HasSuffix(r.enhanced, ".1.7"), strings.HasSuffix(r.enhanced, ".1.8"): // these two are about the sender's
		return false
	}
	return r.subject("1")
}

func stage(at mail.SendErrReason) string {
	switch at {
	case mail.ErrSMTPMailFrom:
		return "MAIL"
	case mail.ErrSMTPRcptTo:
		return "RCPT"
	case mail.ErrSMTPData:
		return "DATA"
	case mail.ErrSMTPDataClose:
		return "end of data"
	}
	return "send"
}
