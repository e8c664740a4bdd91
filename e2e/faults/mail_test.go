package faults_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"

	"countersign/e2e/expect"
	"countersign/services/notifier/sink"
)

// A mail is a real SMTP server, whose inbox everybody reads.
type mail struct {
	inbox *sink.Inbox
	smtp  *sink.SMTP
	to    string // host:port
}

func openMail() (*mail, error) {
	m := &mail{inbox: sink.NewInbox(sink.InboxOptions{Limit: 2000})}
	var err error
	if m.smtp, err = sink.NewSMTP(sink.SMTPOptions{Inbox: m.inbox, Log: slog.New(slog.DiscardHandler)}); err != nil {
		return nil, err
	}
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	m.to = listen.Addr().String()
	go func() { _ = m.smtp.Serve(listen) }()
	return m, nil
}

func (m *mail) environment() []string {
	host, port, _ := net.SplitHostPort(m.to)
	return []string{
		"COUNTERSIGN_SMTP_HOST=" + host, "COUNTERSIGN_SMTP_PORT=" + port, "COUNTERSIGN_SMTP_TLS=none", "COUNTERSIGN_SMTP_FROM=Acme <no-reply@acme.example>",
	}
}

func (m *mail) close() error {
	m.inbox.Close()
	return m.smtp.Close()
}

// code is the first that came to an address and is none of those read before: a mail may come twice where its sender was killed.
func (m *mail) code(ctx context.Context, to string, read []string) (string, error) {
	found := ""
	_, err := m.inbox.Wait(ctx, func(one sink.Message) bool {
		code := expect.Code.FindString(one.Text)
		if one.To != to || code == "" || slices.Contains(read, code) {
			return false
		}
		found = code
		return true
	})
	if err != nil {
		return "", fmt.Errorf("no new code came to %s: %w", to, err)
	}
	return found, nil
}
