package bus_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
)

func TestARouterOutlivesARestartOfTheBus(t *testing.T) {
	f := start(t)
	handled := make(chan string, 99)
	f.router(t, bus.Subscription{Name: loginStarted, Handle: func(_ context.Context, d *bus.Delivery) error {
		handled <- userOf(d)
		return nil
	}})
	f.publish(t, "before")
	wait(t, handled, "the message before is handled")
	for range 2 {
		f.server.Restart(t)
		other := jetStream(t, f.server.Connect(t, "enroll"))
		if _, err := other.Publish(t.Context(), "mfa.acme.in.login.started", body("after")); err != nil {
			t.Fatal(err)
		}
		until(t, "the message after is handled", func() bool { return len(handled) > 0 })
		<-handled
	}
}

func TestNothingIsLostWhileTheBusRestarts(t *testing.T) {
	f := start(t)
	const publishers, each = 8, 250
	handled := make(chan string, 2*publishers*each)
	f.router(t, bus.Subscription{Name: activated, Handle: func(_ context.Context, d *bus.Delivery) error {
		handled <- userOf(d)
		return nil
	}})
	p := publisher(t, f.server.Connect(t, "enroll"))
	var running sync.WaitGroup
	for i := range publishers {
		running.Go(func() {
			for j := range each {
				publishUntilConfirmed(t, p, fmt.Sprintf("u-%d-%d", i, j))
			}
		})
	}
	seen := map[string]bool{}
	for restarts := 0; len(seen) < publishers*each; {
		seen[wait(t, handled, "the next message is handled")] = true
		if len(seen) > (restarts+1)*publishers*each/3 && restarts < 2 {
			restarts++
			f.server.Restart(t)
		}
	}
	running.Wait()
}

// publishUntilConfirmed is what the relay does: the same id until the bus confirms it.
func publishUntilConfirmed(t *testing.T, p *bus.Publisher, user string) {
	o := bus.Outgoing{Subject: events.OutSubject("acme", "enrollment", "activated", events.UserKey("acme", user)), MsgID: user, Body: body(user)}
	for range 1000 {
		if _, err := p.Publish(t.Context(), []bus.Outgoing{o}); err == nil {
			return
		}
	}
	t.Errorf("%s is never confirmed", user)
}

func TestADurableThatVanishesAndComesBackIsServedAgain(t *testing.T) {
	f := start(t)
	handled := make(chan string, 99)
	f.router(t, bus.Subscription{Name: loginStarted, Handle: func(_ context.Context, d *bus.Delivery) error {
		handled <- userOf(d)
		return nil
	}})
	if err := f.js.DeleteConsumer(t.Context(), bus.StreamIn, loginDurable); err != nil {
		t.Fatal(err)
	}
	f.server.Ensure(t, f.conn, f.registry, worker, listens...)
	f.publish(t, "u")
	wait(t, handled, "the message is handled")
}
