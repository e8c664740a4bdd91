package bus_test

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
)

func TestAPlatformPullsFromItsDurable(t *testing.T) {
	f := guarded(t)
	p, err := bus.NewPublisher(bus.PublisherConfig{Conn: f.conn})
	if err != nil {
		t.Fatal(err)
	}
	for _, platform := range []string{"globex", "acme"} {
		if _, err := p.Publish(t.Context(), []bus.Outgoing{{Subject: events.OutSubject(platform, "attempt", "accepted", "k"), Body: []byte(platform)}}); err != nil {
			t.Fatal(err)
		}
	}
	acme := jetStream(t, f.server.ConnectPlatform(t, "acme", "acme-settings"))
	c, err := acme.Consumer(t.Context(), bus.StreamOut, "acme")
	if err != nil {
		t.Fatal(err)
	}
	m, err := c.Next(jetstream.FetchMaxWait(soon))
	if err != nil {
		t.Fatal(err)
	}
	if string(m.Data()) != "acme" {
		t.Errorf("got the record of %s", m.Data())
	}
	if err := m.DoubleAck(t.Context()); err != nil {
		t.Error(err)
	}
}

// The server sends a publish's confirmation to any reply subject that the publisher names. It must not be able to say more
// than that: no stream's administration may take it for a command.
func TestAReplySubjectReachesNoAdministration(t *testing.T) {
	f := guarded(t)
	f.fill(t)
	acme := f.server.ConnectPlatform(t, "acme", "acme-login")
	for _, header := range []nats.Header{nil, {"Nats-Rollup": {"all"}}} { // confirmed, refused: the refusal names sequence 0, which is all
		for _, command := range []string{"STREAM.PURGE", "STREAM.MSG.DELETE", "STREAM.DELETE", "STREAM.UPDATE"} {
			for _, stream := range []string{bus.StreamIn, bus.StreamOut, bus.StreamTimer, bus.StreamDead} {
				m := &nats.Msg{Subject: "mfa.acme.in.login.started", Reply: "$JS.API." + command + "." + stream, Header: header, Data: body("u")}
				if err := acme.PublishMsg(m); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	if err := acme.Flush(); err != nil {
		t.Fatal(err)
	}
	f.intact(t)
}

func (f *fixture) fill(t *testing.T) {
	t.Helper()
	root := jetStream(t, f.server.Connect(t, "root"))
	for _, subject := range []string{"mfa.acme.in.attempt.submitted", "mfa.acme.out.attempt.accepted.k", "mfa.acme.timer.verify.expiry_due", "mfa.acme.dead.verify.login.started"} {
		if _, err := root.Publish(t.Context(), subject, []byte("{}")); err != nil {
			t.Fatal(err)
		}
	}
}

func (f *fixture) intact(t *testing.T) {
	t.Helper()
	for _, name := range []string{bus.StreamIn, bus.StreamOut, bus.StreamTimer, bus.StreamDead} {
		s, err := f.js.Stream(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.GetMsg(t.Context(), 1); err != nil {
			t.Errorf("%s has lost its message: %v", name, err)
		}
	}
}

// A whole router on the permissions that follow from its table: nothing it does is missing from them.
func TestARouterNeedsNoMoreThanItsPermissions(t *testing.T) {
	f := guarded(t)
	handled := make(chan string, 9)
	say := func(name string) bus.Subscription {
		return bus.Subscription{Name: name, Handle: func(_ context.Context, d *bus.Delivery) error {
			if userOf(d) == "bad" {
				return bus.Discard("malformed", nil)
			}
			handled <- name
			return nil
		}}
	}
	r := f.router(t, say(loginStarted), say(attemptSubmitted), say(activated), say(expiryDue))
	acme := jetStream(t, f.server.ConnectPlatform(t, "acme", "acme-login"))
	for _, user := range []string{"bad", "good"} {
		if _, err := acme.Publish(t.Context(), "mfa.acme.in.login.started", body(user)); err != nil {
			t.Fatal(err)
		}
	}
	wait(t, handled, "the login is handled")
	if err := r.Publisher().Schedule(t.Context(), scheduled("x", time.Now())); err != nil {
		t.Fatal(err)
	}
	if got := wait(t, handled, "the timer is handled"); got != expiryDue {
		t.Errorf("handled %s", got)
	}
	if err := r.CheckClock(t.Context()); err != nil {
		t.Error(err)
	}
	f.dead(t)
}
