package bus_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"countersign/pkg/worker/bus"
)

func scheduled(id string, at time.Time) bus.Scheduled {
	return bus.Scheduled{
		Platform: "acme", Worker: worker, Fact: "expiry_due", ID: id, At: at,
		Header: nats.Header{"ce-id": {id}, "Nats-Msg-Id": {"dropped"}, "nats-rollup": {"all"}}, Body: body("u-" + id),
	}
}

func publisher(t *testing.T, conn *bus.Conn) *bus.Publisher {
	t.Helper()
	p, err := bus.NewPublisher(bus.PublisherConfig{Conn: conn})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// timers runs a router that says which timers it got.
func (f *fixture) timers(t *testing.T) <-chan bus.Delivery {
	due := make(chan bus.Delivery, 99)
	f.router(t, bus.Subscription{Name: expiryDue, Handle: func(_ context.Context, d *bus.Delivery) error {
		due <- *d
		return nil
	}})
	return due
}

func TestATimerIsDeliveredWhenItIsDueAndNotBefore(t *testing.T) {
	f := start(t)
	due := f.timers(t)
	at := time.Now().Add(700*time.Millisecond + 123456789*time.Nanosecond)
	if err := publisher(t, f.conn).Schedule(t.Context(), scheduled("t1", at)); err != nil {
		t.Fatal(err)
	}
	d := wait(t, due, "the timer is delivered")
	if d.Stored.Before(at) || d.Stored.After(at.Add(time.Second)) {
		t.Errorf("due at %s, stored at %s", at, d.Stored)
	}
	if d.Subject != "mfa.acme.timer.verify.expiry_due" || userOf(&d) != "u-t1" || d.Header.Get("ce-id") != "t1" {
		t.Errorf("delivered %s %s %v", d.Subject, d.Body, d.Header)
	}
	f.timersGone(t)
}

func TestATimerThatIsOverdueIsDeliveredAtOnce(t *testing.T) {
	f := start(t)
	due := f.timers(t)
	if err := publisher(t, f.conn).Schedule(t.Context(), scheduled("t1", time.Now().Add(-time.Hour))); err != nil {
		t.Fatal(err)
	}
	wait(t, due, "the timer is delivered")
	f.timersGone(t)
}

func TestTheSameTimerAgainReplacesTheFormer(t *testing.T) {
	f := start(t)
	due := f.timers(t)
	p := publisher(t, f.conn)
	for _, at := range []time.Duration{time.Hour, 0} {
		if err := p.Schedule(t.Context(), scheduled("t1", time.Now().Add(at))); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Schedule(t.Context(), scheduled("t2", time.Now().Add(time.Hour))); err != nil {
		t.Fatal(err)
	}
	if d := wait(t, due, "the timer is delivered"); userOf(&d) != "u-t1" {
		t.Errorf("delivered %s", d.Body)
	}
	until(t, "the other timer alone is left", func() bool { return f.stored(t, bus.StreamTimer) == 1 })
}

func TestATimerSurvivesARestartOfTheBus(t *testing.T) {
	f := start(t)
	p := publisher(t, f.conn)
	for i, in := range []time.Duration{0, 900 * time.Millisecond} { // due while the bus is away or right after
		if err := p.Schedule(t.Context(), scheduled(fmt.Sprint("t", i), time.Now().Add(300*time.Millisecond+in))); err != nil {
			t.Fatal(err)
		}
	}
	f.server.Restart(t)
	due := f.timers(t)
	seen := map[string]bool{}
	for len(seen) < 2 {
		d := wait(t, due, "the timer is delivered")
		seen[userOf(&d)] = true
	}
	f.timersGone(t)
}

func TestATimerWhoseNameReachesElsewhereIsRefused(t *testing.T) {
	f := start(t)
	for _, id := range []string{"", "a.b", "*", ">", "a b", "a\r\nb"} {
		if err := publisher(t, f.conn).Schedule(t.Context(), scheduled(id, time.Now())); err == nil {
			t.Errorf("timer %q was taken", id)
		}
	}
}

func TestALostTimerCanBeDeliveredByHand(t *testing.T) {
	f := start(t)
	due := f.timers(t)
	if _, err := publisher(t, f.conn).Publish(t.Context(), scheduled("t1", time.Now()).Now()); err != nil {
		t.Fatal(err)
	}
	wait(t, due, "the timer is delivered")
}

func (f *fixture) stored(t *testing.T, stream string) uint64 {
	t.Helper()
	s, err := f.js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	return s.CachedInfo().State.Msgs
}

func (f *fixture) timersGone(t *testing.T) {
	t.Helper()
	until(t, "no timer is left on the bus", func() bool { return f.stored(t, bus.StreamTimer) == 0 })
}
