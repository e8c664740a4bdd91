package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"countersign/pkg/events"
	"countersign/services/notifier/internal/channel"
	"countersign/services/notifier/internal/channel/channeltest"
	"countersign/services/notifier/sink"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	unknown  = "gone@example.com"
	password = "correct horse"
)

// relay is a served sink and the config that fits it.
type relay struct {
	sink   *sink.SMTP
	inbox  *sink.Inbox
	config Config
}

func serve(t testing.TB, o sink.SMTPOptions) relay {
	t.Helper()
	o.Inbox, o.Unknown, o.Log = sink.NewInbox(sink.InboxOptions{}), []string{unknown}, slog.New(slog.DiscardHandler)
	s, err := sink.NewSMTP(o)
	if err != nil {
		t.Fatal(err)
	}
	l := listen(t)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return relay{s, o.Inbox, Config{
		Host: "127.0.0.1", Port: port(l), TLS: None, From: "Acme Garden <no-reply@acme.example>", Timeout: 5 * time.Second,
	}}
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func port(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

func certificate(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	lent := httptest.NewTLSServer(nil) // has a certificate for 127.0.0.1
	t.Cleanup(lent.Close)
	roots := x509.NewCertPool()
	roots.AddCert(lent.Certificate())
	return &tls.Config{Certificates: lent.TLS.Certificates}, roots
}

func open(t testing.TB, c Config) *Channel {
	t.Helper()
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (r relay) line(t *testing.T) channeltest.Line {
	return channeltest.Line{
		Channel: open(t, r.config), Bad: unknown, Mail: true,
		Good:     func(i int) string { return fmt.Sprintf("dana%d@example.com", i) },
		Received: func() []channeltest.Message { return received(r.inbox.List()) },
		Down:     func() { r.sink.Script(sink.RefuseRecipient(451, 4, 3, 0)) },
		Lose:     func() { r.sink.Script(sink.DropBeforeReply()) },
		Hang:     func() { r.sink.Script(sink.StallAfterData()) },
	}
}

func received(held []sink.Message) []channeltest.Message {
	var all []channeltest.Message
	for _, m := range held {
		all = append(all, channeltest.Message{To: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML})
	}
	return all
}

func TestInClearItIsAChannel(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Line { return serve(t, sink.SMTPOptions{}).line(t) })
}

func TestWithSTARTTLSAndLoginItIsAChannel(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Line { return secured(t, false, StartTLS).line(t) })
}

func TestWithImplicitTLSAndLoginItIsAChannel(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Line { return secured(t, true, Implicit).line(t) })
}

func secured(t testing.TB, implicit bool, policy TLSPolicy) relay {
	t.Helper()
	config, roots := certificate(t)
	r := serve(t, sink.SMTPOptions{TLS: config, Implicit: implicit, User: "notifier", Password: password})
	r.config.TLS, r.config.Roots = policy, roots
	r.config.User, r.config.Password = "notifier", events.NewSecret(password)
	return r
}

func notification() channel.Notification {
	return channel.Notification{
		ID: "n1", To: events.NewSecret("dana@example.com"), Subject: "Your code", Text: events.NewSecret("123456"), HTML: events.NewSecret("<p>123456</p>"),
	}
}

func send(t *testing.T, c Config) *channel.Failure {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err := open(t, c).Send(ctx, notification())
	var f *channel.Failure
	if err != nil && !errors.As(err, &f) {
		t.Fatalf("error %v: want a *channel.Failure", err)
	}
	if f != nil && strings.Contains(fmt.Sprintf("%v %+v", f, f), password) {
		t.Errorf("the failure shows the password: %v", f)
	}
	return f
}

func TestWhatOnlyTheOperatorCanMend(t *testing.T) {
	_, roots := certificate(t)
	for _, c := range []struct {
		name   string
		server func(*testing.T) relay
		change func(*Config)
	}{
		{"the relay refuses the password", func(t *testing.T) relay { return secured(t, false, StartTLS) },
			func(c *Config) { c.Password = events.NewSecret("wrong") }},
		{"the relay wants a login", func(t *testing.T) relay { return secured(t, false, StartTLS) },
			func(c *Config) { c.User, c.Password = "", events.Secret{} }},
		{"the relay has no login", func(t *testing.T) relay { return serve(t, sink.SMTPOptions{}) },
			func(c *Config) { c.User, c.Password = "notifier", events.NewSecret(password) }},
		{"the relay has no STARTTLS: nothing is said in clear", func(t *testing.T) relay { return serve(t, sink.SMTPOptions{}) },
			func(c *Config) { c.TLS, c.Roots = StartTLS, roots }},
		{"nobody that is trusted vouches for the relay", func(t *testing.T) relay { return secured(t, false, StartTLS) },
			func(c *Config) { c.Roots = x509.NewCertPool() }},
		{"the certificate is for another host", func(t *testing.T) relay { return secured(t, true, Implicit) },
			func(c *Config) { c.Host = "localhost" }},
		{"the relay does not speak TLS", func(t *testing.T) relay { return serve(t, sink.SMTPOptions{}) },
			func(c *Config) { c.TLS, c.Roots = Implicit, roots }},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.server(t)
			c.change(&r.config)
			f := send(t, r.config)
			if f == nil || !f.Operator || f.Temporary || f.Unknown || f.Reason != channel.ProviderDown {
				t.Errorf("failure %+v", f)
			}
			if n := len(r.inbox.List()); n != 0 {
				t.Errorf("%d mails arrived", n)
			}
		})
	}
}

func TestARelayThatIsAwayMayBeAskedAgain(t *testing.T) {
	l := listen(t)
	_ = l.Close()
	f := send(t, Config{Host: "127.0.0.1", Port: port(l), TLS: None, From: "a@acme.example"})
	if f == nil || !f.Temporary || f.Reason != channel.ProviderDown {
		t.Errorf("failure %+v", f)
	}
}

func TestARelayThatHangsUpAtOnceMayBeAskedAgain(t *testing.T) {
	l := listen(t)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_ = conn.Close()
		}
	}()
	f := send(t, Config{Host: "127.0.0.1", Port: port(l), TLS: None, From: "a@acme.example"})
	if f == nil || !f.Temporary || f.Reason != channel.ProviderDown {
		t.Errorf("failure %+v", f)
	}
}

func TestTheOwnTimeoutEndsASending(t *testing.T) {
	r := serve(t, sink.SMTPOptions{})
	r.sink.Script(sink.StallAfterData())
	r.config.Timeout = 200 * time.Millisecond
	if f := send(t, r.config); f == nil || !f.Unknown {
		t.Errorf("failure %+v", f)
	}
	l := listen(t) // accepts, by its backlog, and never greets
	f := send(t, Config{Host: "127.0.0.1", Port: port(l), TLS: None, From: "a@acme.example", Timeout: 200 * time.Millisecond})
	if f == nil || !f.Temporary {
		t.Errorf("failure %+v", f)
	}
}

func TestAMailSentAgainBearsTheSameMessageID(t *testing.T) {
	s := newSender(mustParse(t, "Acme <no-reply@acme.example>"))
	first, _ := s.letter(notification(), channel.NewLastLook(t.Context(), notification()))
	again, _ := s.letter(notification(), channel.NewLastLook(t.Context(), notification()))
	if first.id != again.id || first.id != "<n1@acme.example>" {
		t.Errorf("ids %s and %s", first.id, again.id)
	}
	if odd := s.id("a b>\r\n"); strings.ContainsAny(odd, " >\r\n") {
		t.Errorf("id %q", odd)
	}
}

func TestTheHeadersSayThatNoPersonWroteIt(t *testing.T) {
	s := newSender(mustParse(t, "Acme Gärten <no-reply@acme.example>"))
	n := notification()
	n.Subject = "Your code\r\nBcc: somebody@example.com"
	m, err := s.letter(n, channel.NewLastLook(t.Context(), n))
	if err != nil {
		t.Fatal(err)
	}
	pipe, writer := io.Pipe()
	go func() {
		_, err := m.WriteTo(writer)
		_ = writer.CloseWithError(err)
	}()
	raw, err := io.ReadAll(pipe)
	if err != nil {
		t.Fatal(err)
	}
	text := "\r\n" + string(raw)
	for _, line := range []string{
		"\r\nAuto-Submitted: auto-generated\r\n", "\r\nMessage-ID: <n1@acme.example>\r\n", "\r\nDate: ",
		"\r\nTo: <dana@example.com>\r\n", "multipart/alternative", "text/plain; charset=UTF-8", "text/html; charset=UTF-8",
	} {
		if !strings.Contains(text, line) {
			t.Errorf("%q is missing", line)
		}
	}
	if strings.Contains(text, "\r\nBcc:") {
		t.Error("the subject wrote a header of its own")
	}
}
