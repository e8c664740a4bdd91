package bus_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
)

// What one platform sends, byte for byte, and what becomes of it.
var hostile = []struct {
	name, header, body string
}{
	{"a repeated header", "NATS/1.0\r\nce-id: 1\r\nce-id: 2\r\n\r\n", `{"user":"bad"}`},
	{"no header and no body", "", ""},
	{"a header and no body", "NATS/1.0\r\nce-id: 1\r\n\r\n", ""},
	{"broken JSON", "NATS/1.0\r\nce-id: 1\r\n\r\n", `{"user":"bad`},
	{"a body that is not text", "", "\x00\xff\xfe\x01"},
	{"a user that is a number", "", `{"user":7,"data":[]}`},
	{"ten thousand brackets", "", strings.Repeat("[", 10_000)},
	{"as much as the bus takes", "", strings.Repeat("x", 64<<10)},
	{"the bus's word that the consumer is gone", "NATS/1.0\r\nStatus: 409\r\nDescription: Consumer Deleted\r\n\r\n", ""},
	{"the bus's word that the request is bad", "NATS/1.0 400 Bad Request\r\n\r\n", ""},
	{"the bus's word that nobody answers", "NATS/1.0 503 No Responders\r\n\r\n", ""},
	{"the bus's word that nothing is owed", "NATS/1.0 408 Request Timeout\r\nNats-Pending-Messages: 999\r\n\r\n", ""},
	{"the bus's heartbeat", "NATS/1.0 100 Idle Heartbeat\r\nNats-Last-Consumer: 5\r\n\r\n", ""},
	{"a header that is none", "NATS/1.0\r\nno colon here\r\n\r\n", `{"user":"bad"}`},
	{"a header name with spaces", "NATS/1.0\r\nce id : 1\r\n: empty\r\n\r\n", `{"user":"bad"}`},
	{"a thousand headers", "NATS/1.0\r\n" + strings.Repeat("ce-id: 1\r\n", 1000) + "\r\n", `{"user":"bad"}`},
}

func TestWhatOneSendsCostsNobodyElse(t *testing.T) {
	f := start(t)
	good := make(chan string, 8)
	f.router(t, bus.Subscription{Name: loginStarted, Handle: judge(good)})
	for _, c := range hostile {
		t.Run(c.name, func(t *testing.T) {
			f.sendRaw(t, "mfa.evil.in.login.started", c.header, c.body)
			f.publish(t, "good")
			wait(t, good, "the next login is handled")
			m := f.dead(t)
			body, err := bus.OpenDeadLetter(f.operator, m.Subject(), m.Headers(), m.Data())
			if err != nil || string(body) != c.body {
				t.Errorf("the dead letter holds %.40q (%v), want %.40q", body, err, c.body)
			}
			if m.Subject() != "mfa.evil.dead.verify.login.started" || m.Headers().Get(bus.HeaderDeadDeliveries) != "1" {
				t.Errorf("dead letter %s after %s deliveries", m.Subject(), m.Headers().Get(bus.HeaderDeadDeliveries))
			}
			f.empty(t, bus.StreamIn, "verify-login-started")
		})
	}
}

// A fact of a worker can be as long as the bus takes; its dead letter would be longer.
func TestAMessageOfTheBusesMostBytesBecomesADeadLetterThatIsCut(t *testing.T) {
	f := start(t)
	good := make(chan string, 8)
	f.router(t, bus.Subscription{Name: activated, Handle: judge(good)})
	subject := events.OutSubject("acme", "enrollment", "activated", events.UserKey("acme", "good"))
	f.send(t, subject, nil, bytes.Repeat([]byte("x"), 1<<20))
	f.send(t, subject, nil, body("good"))
	wait(t, good, "the next fact is handled")
	m := f.dead(t)
	text, err := bus.OpenDeadLetter(f.operator, m.Subject(), m.Headers(), m.Data())
	if err != nil || len(text) < 1<<19 || m.Headers().Get(bus.HeaderDeadCut) != fmt.Sprint(1<<20) {
		t.Errorf("%d bytes kept of %q (%v)", len(text), m.Headers().Get(bus.HeaderDeadCut), err)
	}
	f.empty(t, bus.StreamOut, "verify-enrollment-activated")
}

func judge(good chan<- string) bus.Handler {
	return func(_ context.Context, d *bus.Delivery) error {
		if userOf(d) != "good" {
			return bus.Discard("malformed", errors.New("cannot be read"))
		}
		good <- userOf(d)
		return nil
	}
}

func TestADeadLetterKeepsOnlyWhatIsSafe(t *testing.T) {
	f := start(t)
	f.router(t, bus.Subscription{Name: activated, Handle: func(context.Context, *bus.Delivery) error {
		return fmt.Errorf("read: %w", bus.Discard("malformed", nil))
	}})
	f.send(t, events.OutSubject("acme", "enrollment", "activated", "-"), nats.Header{
		"CE-Id":      {"e-1"},
		"ce-source":  {"/twice", "/said"},
		"ce-type":    {"with\x7fcontrol"},
		"ce-time":    {strings.Repeat("9", 300)},
		"ce-subject": {"ada@example.com"},
		"ce-code":    {"123456"},
		"Nats-Trace": {"x"}, "nats-schedule-target": {"mfa.acme.in.login.started"}, "Nats-Expected-Stream": {bus.StreamOut},
		"Nats-Msg-Id": {"mine"}, "Status": {"409"},
	}, []byte("123456"))
	m := f.dead(t)
	for name := range m.Headers() {
		switch name {
		case "ce-id", bus.HeaderDeadReason, bus.HeaderDeadSubject, bus.HeaderDeadDeliveries, bus.HeaderDeadStoredAt:
		case "Nats-Msg-Id":
			if got := m.Headers().Get(name); got == "mine" {
				t.Errorf("the sender's %s was copied", name)
			}
		default:
			t.Errorf("header %s was copied: %q", name, m.Headers()[name])
		}
	}
	if got := m.Headers().Get("ce-id"); got != "e-1" {
		t.Errorf("ce-id %q: a replay needs it", got)
	}
	if bytes.Contains(m.Data(), []byte("123456")) {
		t.Error("the dead letter holds the body in clear")
	}
}

func TestADeadLetterThatTheBusRefusesIsNotLost(t *testing.T) {
	f := start(t)
	refused := make(chan uint64, 8)
	f.router(t, bus.Subscription{Name: loginStarted, Handle: func(_ context.Context, d *bus.Delivery) error {
		refused <- d.Deliveries
		return bus.Discard("malformed", nil)
	}})
	stream := f.deadStream(t)
	if err := f.js.DeleteStream(t.Context(), bus.StreamDead); err != nil {
		t.Fatal(err)
	}
	f.publish(t, "u")
	wait(t, refused, "it is delivered")
	wait(t, refused, "it is delivered again, because it could not be kept")
	if _, err := f.js.CreateStream(t.Context(), stream); err != nil {
		t.Fatal(err)
	}
	f.dead(t)
	f.empty(t, bus.StreamIn, "verify-login-started")
}

func (f *fixture) deadStream(t *testing.T) jetstream.StreamConfig {
	t.Helper()
	s, err := f.js.Stream(t.Context(), bus.StreamDead)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().Config
}

// sendRaw speaks the protocol by hand: no client library would send this. It returns when the server has taken it.
func (f *fixture) sendRaw(t *testing.T, subject, header, body string) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(f.server.URL(), "nats://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	publish := fmt.Sprintf("PUB %s %d\r\n%s\r\n", subject, len(body), body)
	if header != "" {
		publish = fmt.Sprintf("HPUB %s %d %d\r\n%s%s\r\n", subject, len(header), len(header)+len(body), header, body)
	}
	_, err = fmt.Fprintf(c, "CONNECT {\"headers\":true,\"verbose\":false}\r\n%sPING\r\n", publish)
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(c); lines.Scan(); {
		if lines.Text() == "PONG" {
			return
		}
		if strings.HasPrefix(lines.Text(), "-ERR") {
			t.Fatal(lines.Text())
		}
	}
	t.Fatal("the server closed the connection")
}
