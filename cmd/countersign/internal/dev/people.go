package dev

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"countersign/pkg/events"
	"countersign/services/notifier"
	"countersign/services/notifier/sink"
)

// people is where mails and texts end in development: an SMTP server and a stand-in of Twilio's API, spoken to over real
// connections, and the inbox that both fill. The inbox is in memory alone: it holds codes.
type people struct {
	inbox  *sink.Inbox
	mail   *sink.SMTP
	texts  *sink.Twilio
	api    *http.Server
	config notifier.Config
}

const (
	account = "AC00000000000000000000000000000000"
	sender  = "+15005550006" // Twilio's own valid magic number
)

func openPeople(f *Folder, log *slog.Logger) (p *people, err error) {
	p = &people{inbox: sink.NewInbox(sink.InboxOptions{Home: "/"})}
	token := hex.EncodeToString(f.keys.Twilio)
	if p.mail, err = sink.NewSMTP(sink.SMTPOptions{Inbox: p.inbox, Log: log}); err != nil {
		return nil, err
	}
	p.texts, err = sink.NewTwilio(sink.TwilioOptions{Inbox: p.inbox, AccountSID: account, AuthToken: token, Log: log})
	if err != nil {
		return nil, err
	}
	p.api = &http.Server{Handler: p.texts, ReadHeaderTimeout: 5 * time.Second, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	mailAt, err := serve("mail", p.mail.Serve)
	if err != nil {
		return nil, err
	}
	textsAt, err := serve("texts", p.api.Serve)
	if err != nil {
		return nil, err
	}
	p.config = providers(mailAt, textsAt, token)
	return p, nil
}

func providers(mail, texts *net.TCPAddr, token string) notifier.Config {
	return notifier.Config{
		SMTP: notifier.SMTP{
			Host: mail.IP.String(), Port: mail.Port, TLS: notifier.None, From: "Acme <no-reply@acme.example>",
		},
		Twilio: notifier.Twilio{
			AccountSID: account, AuthToken: events.NewSecret(token), From: sender, BaseURL: "http://" + texts.String(),
		},
	}
}

// serve listens on a free loopback port; the server's Close ends it.
func serve(what string, handle func(net.Listener) error) (*net.TCPAddr, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for %s: %w", what, err)
	}
	go func() { _ = handle(l) }()
	return l.Addr().(*net.TCPAddr), nil
}

func (p *people) Close(ctx context.Context) error {
	p.inbox.Close()
	err := errors.Join(p.api.Shutdown(ctx), p.mail.Close())
	p.texts.Close()
	return err
}
