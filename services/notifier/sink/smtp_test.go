package sink

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"net/smtp"
	"net/textproto"
	"strings"
	"testing"
	"time"
)

const letter = "From: Acme <no-reply@acme.example>\r\n" +
	"Subject: =?utf-8?q?Z=C3=BCrich?=\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=C3=BC=C3=9Fe 123456\r\n" +
	"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>123456</p>\r\n--b--\r\n"

// line is a served SMTP sink and a client's way to it.
type line struct {
	sink    *SMTP
	inbox   *Inbox
	address string
}

func serveSMTP(t *testing.T, o SMTPOptions) line {
	t.Helper()
	o.Inbox = NewInbox(InboxOptions{})
	s, err := NewSMTP(o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return line{s, o.Inbox, l.Addr().String()}
}

func (l line) dial(t *testing.T) *smtp.Client {
	t.Helper()
	conn, err := net.Dial("tcp", l.address)
	if err != nil {
		t.Fatal(err)
	}
	return l.speak(t, conn)
}

func (l line) speak(t *testing.T, conn net.Conn) *smtp.Client {
	t.Helper()
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	c, err := smtp.NewClient(conn, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func send(c *smtp.Client, body string, to ...string) error {
	if err := c.Mail("no-reply@acme.example"); err != nil {
		return err
	}
	for _, address := range to {
		if err := c.Rcpt(address); err != nil {
			return err
		}
	}
	data, err := c.Data()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(data, body); err != nil {
		return err
	}
	return data.Close()
}

func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	lent := httptest.NewTLSServer(nil) // has a certificate for 127.0.0.1
	t.Cleanup(lent.Close)
	roots := x509.NewCertPool()
	roots.AddCert(lent.Certificate())
	return &tls.Config{Certificates: lent.TLS.Certificates}, &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"}
}

func code(err error) int {
	var reply *textproto.Error
	if errors.As(err, &reply) {
		return reply.Code
	}
	return 0
}

func TestAMailReachesTheInboxOncePerRecipient(t *testing.T) {
	l := serveSMTP(t, SMTPOptions{})
	if err := send(l.dial(t), letter, "a@example.com", "b@example.com"); err != nil {
		t.Fatal(err)
	}
	got := l.inbox.List()
	if len(got) != 2 || got[0].To != "a@example.com" || got[1].To != "b@example.com" {
		t.Fatalf("got %d messages", len(got))
	}
	m := got[0]
	if m.Channel != Email || m.Subject != "Zürich" || strings.TrimSpace(m.Text) != "Grüße 123456" || strings.TrimSpace(m.HTML) != "<p>123456</p>" {
		t.Errorf("subject %q, text %q, HTML %q", m.Subject, m.Text, m.HTML)
	}
}

func TestAMailThatIsTooLargeIsRefused(t *testing.T) {
	l := serveSMTP(t, SMTPOptions{})
	if err := send(l.dial(t), letter+strings.Repeat("x\r\n", maxMail/3+1), "a@example.com"); code(err) != 552 {
		t.Errorf("got %v, want 552", err)
	}
	if n := len(l.inbox.List()); n != 0 {
		t.Errorf("%d messages taken", n)
	}
}

func TestLoginIsOfferedAfterSTARTTLSOnly(t *testing.T) {
	server, client := certificate(t)
	l := serveSMTP(t, SMTPOptions{TLS: server, User: "notifier", Password: "open"})
	c := l.dial(t)
	if offered, _ := c.Extension("AUTH"); offered {
		t.Error("AUTH is offered in clear")
	}
	if err := c.StartTLS(client); err != nil {
		t.Fatal(err)
	}
	if err := send(c, letter, "a@example.com"); code(err) != 530 {
		t.Errorf("without a login: got %v, want 530", err)
	}
	if err := c.Auth(smtp.PlainAuth("", "notifier", "open", "127.0.0.1")); err != nil {
		t.Fatal(err)
	}
	if err := send(c, letter, "a@example.com"); err != nil {
		t.Error(err)
	}
}

func TestImplicitTLSSpeaksTLSFromTheFirstByte(t *testing.T) {
	server, client := certificate(t)
	l := serveSMTP(t, SMTPOptions{TLS: server, Implicit: true})
	conn, err := tls.Dial("tcp", l.address, client)
	if err != nil {
		t.Fatal(err)
	}
	if err := send(l.speak(t, conn), letter, "a@example.com"); err != nil {
		t.Error(err)
	}
	if _, err := NewSMTP(SMTPOptions{Implicit: true}); err == nil {
		t.Error("implicit TLS without a certificate is taken")
	}
}

// loginAuth speaks LOGIN, which net/smtp does not have.
type loginAuth struct{ user, password string }

func (loginAuth) Start(*smtp.ServerInfo) (string, []byte, error) { return "LOGIN", nil, nil }
func (a loginAuth) Next(asked []byte, more bool) ([]byte, error) {
	switch {
	case !more:
		return nil, nil
	case string(asked) == "Username:":
		return []byte(a.user), nil
	case string(asked) == "Password:":
		return []byte(a.password), nil
	}
	return nil, fmt.Errorf("asked %q", asked)
}

func TestLoginsByPLAINAndLOGIN(t *testing.T) {
	l := serveSMTP(t, SMTPOptions{User: "notifier", Password: "open"})
	for _, c := range []struct {
		name string
		auth smtp.Auth
		want int
	}{
		{"PLAIN", smtp.PlainAuth("", "notifier", "open", "127.0.0.1"), 0},
		{"LOGIN", loginAuth{"notifier", "open"}, 0},
		{"PLAIN with another password", smtp.PlainAuth("", "notifier", "shut", "127.0.0.1"), 535},
		{"LOGIN with another user", loginAuth{"somebody", "open"}, 535},
	} {
		if err := l.dial(t).Auth(c.auth); code(err) != c.want || (c.want == 0 && err != nil) {
			t.Errorf("%s: got %v, want %d", c.name, err, c.want)
		}
	}
	if got := strings.Join(l.sink.Logins(), " "); got != "PLAIN LOGIN" {
		t.Errorf("logins %q", got)
	}
}

func TestScriptedFaultsMeetOneMailEach(t *testing.T) {
	l := serveSMTP(t, SMTPOptions{})
	l.sink.Script(RefuseSender(550, 5, 7, 1), RefuseRecipient(450, 4, 2, 1), RefuseContent(554, 5, 7, 1), DropBeforeReply())
	for _, c := range []struct {
		name string
		want int
		held int
	}{
		{"the sender is refused", 550, 0},
		{"the recipient is refused for now", 450, 0},
		{"the content is refused", 554, 0},
	} {
		if err := send(l.dial(t), letter, "a@example.com"); code(err) != c.want || len(l.inbox.List()) != c.held {
			t.Errorf("%s: got %v and %d messages", c.name, err, len(l.inbox.List()))
		}
	}
	if err := send(l.dial(t), letter, "a@example.com"); err == nil || code(err) != 0 || len(l.inbox.List()) != 1 {
		t.Errorf("a mail taken without an answer: got %v and %d messages", err, len(l.inbox.List()))
	}
	if err := send(l.dial(t), letter, "a@example.com"); err != nil {
		t.Errorf("after the script: %v", err)
	}
}

func TestAStalledMailIsHeldUntilTheClientGivesUp(t *testing.T) {
	l := serveSMTP(t, SMTPOptions{})
	l.sink.Script(StallAfterData())
	c := l.dial(t)
	done := make(chan error, 1)
	go func() { done <- send(c, letter, "a@example.com") }()
	if _, err := l.inbox.Wait(patient(t), to("a@example.com")); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		t.Errorf("answered %v", err)
	default:
	}
	_ = c.Close()
	<-done
}

func TestAServerMayBeClosedBeforeItServes(t *testing.T) {
	s, err := NewSMTP(SMTPOptions{Inbox: NewInbox(InboxOptions{})})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(l); err != nil {
		t.Error(err)
	}
}
