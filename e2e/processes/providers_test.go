package processes_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/e2e/expect"
	"countersign/services/notifier/sink"
)

const (
	account = "AC00000000000000000000000000000000"
	token   = "0123456789abcdef"
)

// providers are the other end of mails and texts: a real SMTP server and a stand-in of Twilio's API.
type providers struct {
	inbox      *sink.Inbox
	mail       *sink.SMTP
	texts      *sink.Twilio
	api        *http.Server
	host, port string // of mail
	address    string // of texts

	mu   sync.Mutex
	read map[string]bool // ids of messages whose code has been used
}

func openProviders() (p *providers, err error) {
	log := slog.New(slog.DiscardHandler)
	p = &providers{inbox: sink.NewInbox(sink.InboxOptions{}), read: map[string]bool{}}
	if p.mail, err = sink.NewSMTP(sink.SMTPOptions{Inbox: p.inbox, Log: log}); err != nil {
		return nil, err
	}
	p.texts, err = sink.NewTwilio(sink.TwilioOptions{Inbox: p.inbox, AccountSID: account, AuthToken: token, Log: log})
	if err != nil {
		return nil, err
	}
	mail, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	texts, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p.api = &http.Server{Handler: p.texts, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = p.mail.Serve(mail) }()
	go func() { _ = p.api.Serve(texts) }()
	p.host, p.port, _ = net.SplitHostPort(mail.Addr().String())
	p.address = texts.Addr().String()
	return p, nil
}

func (p *providers) environment() []string {
	return []string{
		"COUNTERSIGN_SMTP_HOST=" + p.host, "COUNTERSIGN_SMTP_PORT=" + p.port, "COUNTERSIGN_SMTP_TLS=none", "COUNTERSIGN_SMTP_FROM=Acme <no-reply@acme.example>",
		"COUNTERSIGN_TWILIO_ACCOUNT_SID=" + account, "COUNTERSIGN_TWILIO_AUTH_TOKEN=" + token, "COUNTERSIGN_TWILIO_FROM=+15005550006",
		"COUNTERSIGN_TWILIO_BASE_URL=http://" + p.address,
	}
}

func (p *providers) close(ctx context.Context) error {
	p.inbox.Close()
	err := errors.Join(p.api.Shutdown(ctx), p.mail.Close())
	p.texts.Close()
	return err
}

// code waits for the next code that is sent to an address.
func (p *providers) code(ctx context.Context, t *testing.T, to string) string {
	t.Helper()
	m, err := p.inbox.Wait(ctx, func(m sink.Message) bool { return m.To == to && p.isNew(m) })
	if err != nil {
		t.Fatalf("no code came to %s: %v", to, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.read[m.ID] = true
	return expect.Code.FindString(m.Text)
}

func (p *providers) isNew(m sink.Message) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.read[m.ID] && expect.Code.MatchString(m.Text)
}

// other is a code with as many digits that is not code.
func other(code string) string {
	return strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, code)
}
