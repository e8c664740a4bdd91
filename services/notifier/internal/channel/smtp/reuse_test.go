package smtp

import (
	"context"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"countersign/services/notifier/internal/channel"
	"countersign/services/notifier/sink"
)

// A tester sends mails through one channel and knows what the relay has of them.
type tester struct {
	relay
	*Channel
	t testing.TB
}

func keeping(t *testing.T, change ...func(*Config)) tester {
	t.Helper()
	r := secured(t, false, StartTLS)
	r.config.Idle = time.Minute
	for _, c := range change {
		c(&r.config)
	}
	s := tester{r, open(t, r.config), t}
	t.Cleanup(s.hangUp) // before the relay goes: nobody is left to say goodbye to
	return s
}

func (s tester) hangUp() {
	for k := s.pool.take(); k != nil; k = s.pool.take() {
		k.quit()
	}
}

func (s tester) mail(id string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	n := notification()
	n.ID = id
	_, err := s.Send(ctx, n)
	return err
}

// wants checks how many mails arrived over how many connections.
func (s tester) wants(mails, connections int) {
	s.t.Helper()
	if got := len(s.inbox.List()); got != mails {
		s.t.Errorf("%d mails arrived, want %d", got, mails)
	}
	if got := len(s.sink.Logins()); got != connections {
		s.t.Errorf("over %d connections, want %d", got, connections)
	}
}

func TestMailsShareAConnection(t *testing.T) {
	s := keeping(t)
	for i := range maxMails + 1 {
		if err := s.mail(fmt.Sprint("n", i)); err != nil {
			t.Fatal(err)
		}
	}
	s.wants(maxMails+1, 2)
}

func TestWithoutIdleEachMailHasAConnection(t *testing.T) {
	s := keeping(t, func(c *Config) { c.Idle = -1 })
	for i := range 3 {
		if err := s.mail(fmt.Sprint("n", i)); err != nil {
			t.Fatal(err)
		}
	}
	s.wants(3, 3)
}

func TestAConnectionThatTheRelayClosesMeanwhileCostsNoMail(t *testing.T) {
	s := keeping(t)
	for i := range 3 {
		if err := s.mail(fmt.Sprint("n", i)); err != nil {
			t.Fatal(err)
		}
		s.sink.HangUp()
	}
	s.wants(3, 3)
}

func TestAKeptConnectionThatBreaks(t *testing.T) {
	for _, c := range []struct {
		name  string
		meets sink.MailFault
	}{
		{"at the sender", sink.DropAtSender()},
		{"at the recipient", sink.DropAtRecipient()},
		{"with a word at the sender", sink.RefuseSender(421, 4, 4, 2)},
		{"with a word at the recipient", sink.RefuseRecipient(421, 4, 3, 2)},
		{"with a word after the content", sink.RefuseContent(421, 4, 3, 2)},
	} {
		t.Run(c.name+" sends the mail once, over a new one", func(t *testing.T) {
			s := keeping(t)
			if err := s.mail("n1"); err != nil {
				t.Fatal(err)
			}
			s.sink.Script(c.meets)
			if err := s.mail("n2"); err != nil {
				t.Fatal(err)
			}
			s.wants(2, 2)
		})
		t.Run(c.name+" when it is new is a refusal, and no more", func(t *testing.T) {
			s := keeping(t)
			s.sink.Script(c.meets)
			if f, _ := channel.AsFailure(s.mail("n1")); f == nil || !f.Temporary || f.Unknown {
				t.Errorf("failure %+v", f)
			}
			s.wants(0, 1)
		})
	}
}

// The end of the message may have reached the relay, and nobody can tell.
func TestAKeptConnectionThatBreaksWithTheMailOnItsWayLeavesTheOutcomeUnknown(t *testing.T) {
	for mails, meets := range map[int]sink.MailFault{1: sink.DropInContent(), 2: sink.DropBeforeReply()} {
		s := keeping(t)
		if err := s.mail("n1"); err != nil {
			t.Fatal(err)
		}
		s.sink.Script(meets)
		if f, _ := channel.AsFailure(s.mail("n2")); f == nil || !f.Unknown {
			t.Errorf("failure %+v", f)
		}
		s.wants(mails, 1)
	}
}

func TestARefusalOverAKeptConnectionStandsAndTheConnectionAsWell(t *testing.T) {
	s := keeping(t)
	for i, meets := range []sink.MailFault{
		sink.RefuseSender(451, 4, 3, 0), sink.RefuseRecipient(550, 5, 1, 1), sink.RefuseContent(554, 5, 7, 1),
	} {
		if err := s.mail(fmt.Sprint("n", i)); err != nil {
			t.Fatal(err)
		}
		s.sink.Script(meets)
		if err := s.mail(fmt.Sprint("refused", i)); err == nil {
			t.Errorf("refusal %d is none", i)
		}
	}
	s.wants(3, 1)
}

func TestAMailThatWasCutOffLeavesNoConnectionBehind(t *testing.T) {
	s := keeping(t)
	if err := s.mail("n1"); err != nil {
		t.Fatal(err)
	}
	s.sink.Script(sink.StallAfterData())
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if _, err := s.Send(ctx, notification()); err == nil {
		t.Error("a mail that nobody answered for was sent")
	}
	if err := s.mail("n3"); err != nil {
		t.Fatal(err)
	}
	s.wants(3, 2)
}

// A listener tells when the relay has closed a connection.
type listener struct {
	net.Listener
	closed chan struct{}
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return conn{c, sync.OnceFunc(func() { l.closed <- struct{}{} })}, err
}

type conn struct {
	net.Conn
	tell func()
}

func (c conn) Close() error {
	defer c.tell()
	return c.Conn.Close()
}

func TestAConnectionThatNobodyUsesIsClosed(t *testing.T) {
	server, err := sink.NewSMTP(sink.SMTPOptions{Inbox: sink.NewInbox(sink.InboxOptions{})})
	if err != nil {
		t.Fatal(err)
	}
	l := listener{listen(t), make(chan struct{}, 1)}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	c := open(t, Config{Host: "127.0.0.1", Port: port(l), TLS: None, From: "a@acme.example", Idle: time.Millisecond})
	if err := (tester{Channel: c}).mail("n1"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-l.closed:
	case <-time.After(10 * time.Second):
		t.Error("it stays open")
	}
	_ = server.Close()
	<-served
}

func BenchmarkSend(b *testing.B) {
	for name, idle := range map[string]time.Duration{"over one connection": time.Minute, "over one each": -1} {
		b.Run(name, func(b *testing.B) {
			r := secured(b, false, StartTLS)
			r.config.Idle = idle
			s := tester{r, open(b, r.config), b}
			for i := 0; b.Loop(); i++ {
				if err := s.mail(fmt.Sprint("n", i)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "mails/s")
			s.hangUp()
		})
	}
}
