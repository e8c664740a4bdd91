package e2e_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"countersign/e2e/expect"
	"countersign/pkg/events"
	"countersign/pkg/events/client"
	recoveries "countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/workertest"
	"countersign/services/enroll"
	"countersign/services/notifier"
	"countersign/services/notifier/sink"
	"countersign/services/recovery"
	"countersign/services/verify"
)

// A sealedRun is all four workers over a bus that is not encrypted, for a platform that seals everything it can, and the far ends of mails and texts.
type sealedRun struct {
	*workertest.House
	*client.Client
	t       *testing.T
	inbox   *sink.Inbox
	read    map[string]int // how far the inbox has been read for an address
	secrets []string
}

func newSealedRun(t *testing.T) *sealedRun {
	t.Helper()
	r := &sealedRun{t: t, inbox: sink.NewInbox(sink.InboxOptions{}), read: map[string]int{}}
	pages := httptest.NewUnstartedServer(nil)
	t.Cleanup(pages.Close)
	r.House = workertest.Start(t, workertest.Config{
		Workers: r.workers(), Policies: []policy.Policy{sealedPolicy("http://" + pages.Listener.Addr().String())}, Asleep: true,
	})
	for _, replica := range r.Wake() {
		if h := replica.Pages(); h != nil {
			pages.Config.Handler = h
		}
	}
	pages.Start()
	var err error
	r.Client, err = client.New(client.Config{
		Conn: r.Bus.ConnectPlatform(t, workertest.Acme, workertest.Acme).Conn, Platform: workertest.Acme, Seal: true, Timeout: patient,
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Codes have eight digits, because six are found in some time of the day by chance.
func sealedPolicy(pages string) policy.Policy {
	p := workertest.Lenient(workertest.Acme)
	p.RequireSealed, p.Code.Digits, p.TOTP.Digits = true, 8, 8
	p.Recovery.URL = pages + recovery.Base
	p.Recovery.Steps = []recoveries.Step{recoveries.Link, recoveries.Text, recoveries.RecoveryCode}
	return p
}

func (r *sealedRun) workers() []worker.Worker {
	r.t.Helper()
	sends, err := notifier.Worker(notifier.Config{SMTP: r.serveMail(), Twilio: r.serveTexts()})
	if err != nil {
		r.t.Fatal(err)
	}
	recovers, err := recovery.Worker(recovery.Config{Insecure: true})
	if err != nil {
		r.t.Fatal(err)
	}
	return []worker.Worker{enroll.Worker(), verify.Worker(), sends, recovers}
}

func (r *sealedRun) serveMail() notifier.SMTP {
	r.t.Helper()
	mails, err := sink.NewSMTP(sink.SMTPOptions{Inbox: r.inbox, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		r.t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	go func() { _ = mails.Serve(l) }()
	r.t.Cleanup(func() { _ = mails.Close() })
	return notifier.SMTP{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: notifier.None, From: "Acme <no-reply@acme.example>"}
}

func (r *sealedRun) serveTexts() notifier.Twilio {
	r.t.Helper()
	sid, token := "AC00000000000000000000000000000001", "00000000000000000000000000000002"
	texts, err := sink.NewTwilio(sink.TwilioOptions{Inbox: r.inbox, AccountSID: sid, AuthToken: token})
	if err != nil {
		r.t.Fatal(err)
	}
	server := httptest.NewServer(http.Handler(texts))
	r.t.Cleanup(func() { texts.Close(); server.Close() })
	return notifier.Twilio{BaseURL: server.URL, AccountSID: sid, AuthToken: events.NewSecret(token), From: sink.ValidFrom}
}

// letter waits for the next letter to an address that matches, and returns the match.
func (r *sealedRun) letter(ctx context.Context, to string, kind *regexp.Regexp) string {
	r.t.Helper()
	changed, cancel := r.inbox.Subscribe()
	defer cancel()
	for {
		for i, m := range r.inbox.List() {
			if match := kind.FindString(m.Text); m.To == to && i >= r.read[to] && match != "" {
				r.read[to] = i + 1
				return match
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			r.t.Fatalf("nothing with %s comes to %s", kind, to)
		}
	}
}

// code is one that came, and a secret from now on.
func (r *sealedRun) code(ctx context.Context, to string) events.Secret {
	r.t.Helper()
	code := r.letter(ctx, to, expect.Code)
	r.hide(code)
	return events.NewSecret(code)
}

func (r *sealedRun) hide(texts ...string) { r.secrets = append(r.secrets, texts...) }

func (r *sealedRun) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}
