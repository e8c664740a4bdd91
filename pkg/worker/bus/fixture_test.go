package bus_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/seal"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/bustest"
	"countersign/pkg/worker/bus/embedded"
)

const (
	worker = "verify"
	soon   = 10 * time.Second // how long a test waits for what must happen
)

// What verify listens to in these tests: one row of each direction and one more of In.
var (
	loginStarted     = guard.LoginStartedType
	attemptSubmitted = guard.AttemptSubmittedType
	activated        = enrollment.ActivatedType
	expiryDue        = guard.ExpiryDueType
	listens          = []string{loginStarted, attemptSubmitted, activated, expiryDue}
)

type fixture struct {
	server   *bustest.Server
	conn     *bus.Conn
	js       jetstream.JetStream
	registry *events.Registry
	operator seal.PrivateKey
}

// start gives a bus with its streams and verify's durables.
func start(t *testing.T) *fixture {
	t.Helper()
	t.Parallel()
	f := &fixture{server: bustest.Start(t, embedded.Config{}), registry: catalog.New()}
	f.conn = f.server.Connect(t, worker)
	f.js = jetStream(t, f.conn)
	f.server.Ensure(t, f.conn, f.registry, worker, listens...)
	var err error
	if f.operator, err = seal.NewPrivateKey(); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestMain looks for goroutines that outlive all tests.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// router runs a replica of verify until the test ends. It hears what the test's subscriptions name.
func (f *fixture) router(t *testing.T, subs ...bus.Subscription) *bus.Router {
	t.Helper()
	return f.replica(t, f.conn, bus.Config{}, subs...)
}

func (f *fixture) replica(t *testing.T, conn *bus.Conn, c bus.Config, subs ...bus.Subscription) *bus.Router {
	t.Helper()
	c.Conn, c.Worker, c.Registry, c.DeadLetterKey, c.Logger = conn, worker, f.registry, f.operator.Public(), bustest.Logger(t)
	r, err := bus.New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx, subs) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	wait(t, r.Running(), "the router runs")
	return r
}

// publish has the platform acme say that a user logs in.
func (f *fixture) publish(t *testing.T, user string) {
	t.Helper()
	f.send(t, events.InSubject("acme", "login", "started"), nil, body(user))
}

func (f *fixture) send(t *testing.T, subject string, h nats.Header, data []byte) uint64 {
	t.Helper()
	ack, err := f.js.PublishMsg(t.Context(), &nats.Msg{Subject: subject, Header: h, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	return ack.Sequence
}

func body(user string) []byte {
	b, _ := json.Marshal(map[string]string{"user": user, "login_id": "l-" + user})
	return b
}

func userOf(d *bus.Delivery) string {
	var b struct{ User string }
	_ = json.Unmarshal(d.Body, &b)
	return b.User
}

// empty waits until the durable has delivered and settled everything.
func (f *fixture) empty(t *testing.T, stream, durable string) {
	t.Helper()
	until(t, durable+" is settled", func() bool {
		c, err := f.js.Consumer(t.Context(), stream, durable)
		if err != nil {
			t.Fatal(err)
		}
		info := c.CachedInfo()
		return info.NumPending == 0 && info.NumAckPending == 0
	})
}

// dead waits for the next dead letter.
func (f *fixture) dead(t *testing.T) jetstream.Msg {
	t.Helper()
	c, err := f.js.CreateOrUpdateConsumer(t.Context(), bus.StreamDead, jetstream.ConsumerConfig{Durable: "test", AckPolicy: jetstream.AckExplicitPolicy})
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Next(jetstream.FetchMaxWait(soon))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.DoubleAck(t.Context()); err != nil {
		t.Fatal(err)
	}
	return m
}

func wait[T any](t *testing.T, c <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(soon):
		t.Fatalf("it does not happen that %s", what)
		panic("unreachable")
	}
}

// until asks again and again: for what the bus knows and does not tell.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(soon); !holds(); {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("it does not happen that %s", what)
		}
	}
}

func quietLogger() *slog.Logger { return slog.New(slog.DiscardHandler) }

func contains(s, part string) bool { return strings.Contains(s, part) }

var (
	enrollmentRequested = enrollment.RequestedType
	challengeResend     = guard.ResendRequestedType
)
