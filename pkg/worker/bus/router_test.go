package bus_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
)

func TestHandlerReturnsNilAndTheMessageIsGone(t *testing.T) {
	f := start(t)
	got := make(chan bus.Delivery, 1)
	f.router(t, bus.Subscription{Name: loginStarted, Handle: func(_ context.Context, d *bus.Delivery) error {
		got <- *d
		return nil
	}})
	f.publish(t, "u-1")
	d := wait(t, got, "the login is delivered")
	if userOf(&d) != "u-1" || d.Deliveries != 1 || d.Sequence != 1 || time.Since(d.Stored) > soon || d.Subject != "mfa.acme.in.login.started" {
		t.Errorf("delivered %+v", d)
	}
	f.empty(t, bus.StreamIn, "verify-login-started")
	s, err := f.js.Stream(t.Context(), bus.StreamIn)
	if err != nil || s.CachedInfo().State.Msgs != 0 {
		t.Errorf("MFA_IN still holds %d messages (%v)", s.CachedInfo().State.Msgs, err)
	}
}

func TestEveryDirectionArrives(t *testing.T) {
	f := start(t)
	got := make(chan string, 8)
	say := func(name string) bus.Subscription {
		return bus.Subscription{Name: name, Handle: func(_ context.Context, d *bus.Delivery) error {
			got <- name + " " + d.Subject
			return nil
		}}
	}
	f.router(t, say(loginStarted), say(activated), say(expiryDue))
	subjects := map[string]string{
		loginStarted: events.InSubject("acme", "login", "started"),
		activated:    events.OutSubject("acme", "enrollment", "activated", events.UserKey("acme", "u")),
		expiryDue:    events.TimerSubject("acme", worker, "expiry_due"),
	}
	for name, subject := range subjects {
		f.send(t, subject, nil, body("u"))
		if heard := wait(t, got, subject+" arrives"); heard != name+" "+subject {
			t.Errorf("%s was handled as %s", subject, heard)
		}
	}
}

func TestDispositions(t *testing.T) {
	failed := errors.New("the store is away")
	for _, c := range []struct {
		name       string
		first      func() error // what the first delivery comes to; the second succeeds
		deliveries uint64
		atLeast    time.Duration
		atMost     time.Duration
	}{
		{"an error comes back after the first backoff", func() error { return failed }, 2, 40 * time.Millisecond, 900 * time.Millisecond},
		{"a wish for a delay is heeded", func() error { return bus.RetryAfter(300*time.Millisecond, failed) }, 2, 290 * time.Millisecond, 900 * time.Millisecond},
		{"a wish for a long delay is cut to a second", func() error { return bus.RetryAfter(time.Hour, failed) }, 2, 990 * time.Millisecond, 3 * time.Second},
		{"a wrapped wish is heeded as well", func() error { return fmt.Errorf("decide: %w", bus.RetryAfter(300*time.Millisecond, failed)) }, 2, 290 * time.Millisecond, 900 * time.Millisecond},
		{"a panic comes back after the first backoff", func() error { panic("the code is 123456") }, 2, 40 * time.Millisecond, 900 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t)
			at := make(chan time.Time, 2)
			deliveries := make(chan uint64, 2)
			f.router(t, bus.Subscription{Name: loginStarted, Handle: func(_ context.Context, d *bus.Delivery) error {
				at <- time.Now()
				deliveries <- d.Deliveries
				if d.Deliveries == 1 {
					return c.first()
				}
				return nil
			}})
			f.publish(t, "u")
			first, second := wait(t, at, "it is delivered"), wait(t, at, "it is delivered again")
			if d := second.Sub(first); d < c.atLeast || d > c.atMost {
				t.Errorf("came back after %s, want %s to %s", d, c.atLeast, c.atMost)
			}
			<-deliveries
			if n := <-deliveries; n != c.deliveries {
				t.Errorf("delivery %d, want %d", n, c.deliveries)
			}
			f.empty(t, bus.StreamIn, "verify-login-started")
		})
	}
}

func TestAPanicAtEveryDeliveryBecomesADeadLetterAfterFive(t *testing.T) {
	f := start(t)
	var n atomic.Int64
	f.router(t, bus.Subscription{Name: loginStarted, Handle: func(context.Context, *bus.Delivery) error {
		n.Add(1)
		panic("the code is 123456")
	}})
	f.publish(t, "u")
	m := f.dead(t)
	if got := m.Headers().Get(bus.HeaderDeadReason); got != "panic" || n.Load() != 5 {
		t.Errorf("dead letter of reason %q after %d deliveries", got, n.Load())
	}
	f.empty(t, bus.StreamIn, "verify-login-started")
}

func TestAHandlersContextEndsAtTheDeadline(t *testing.T) {
	f := start(t)
	ended := make(chan error, 1)
	f.replica(t, f.conn, bus.Config{Deadline: 20 * time.Millisecond}, bus.Subscription{Name: loginStarted, Handle: func(ctx context.Context, _ *bus.Delivery) error {
		<-ctx.Done()
		select {
		case ended <- ctx.Err():
		default:
		}
		return nil
	}})
	f.publish(t, "u")
	if err := wait(t, ended, "the context ends"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the context ended with %v", err)
	}
}

func TestAMessageThatIsDiscardedAfterItsDeadlineIsADeadLetter(t *testing.T) {
	f := start(t)
	var handled atomic.Int64
	f.replica(t, f.conn, bus.Config{Deadline: 20 * time.Millisecond}, bus.Subscription{Name: loginStarted, Handle: func(ctx context.Context, _ *bus.Delivery) error {
		handled.Add(1)
		<-ctx.Done()
		return bus.Discard("slow", ctx.Err())
	}})
	f.publish(t, "u")
	if m := f.dead(t); m.Headers().Get(bus.HeaderDeadReason) != "slow" || m.Headers().Get(bus.HeaderDeadDeliveries) != "1" {
		t.Errorf("dead letter %v", m.Headers())
	}
	f.pending(t, 0)
	if n := handled.Load(); n != 1 {
		t.Errorf("handled %d times: who did not wait until the letter was kept has the message come again", n)
	}
}

func TestOneUserIsHandledInTurnWhileOthersGoOn(t *testing.T) {
	f := start(t)
	var inside atomic.Int64
	entered, others, release := make(chan string, 8), make(chan string, 200), make(chan struct{})
	turn := func(_ context.Context, d *bus.Delivery) error {
		if userOf(d) != "slow" {
			others <- userOf(d)
			return nil
		}
		if inside.Add(1) > 1 {
			t.Error("two messages of one user at once")
		}
		entered <- d.Subject
		<-release
		inside.Add(-1)
		return nil
	}
	f.router(t, bus.Subscription{Name: loginStarted, Handle: turn}, bus.Subscription{Name: attemptSubmitted, Handle: turn}, bus.Subscription{Name: activated, Handle: turn})
	f.publish(t, "slow")
	wait(t, entered, "the slow user's first message is handled")
	f.send(t, events.InSubject("acme", "attempt", "submitted"), nil, body("slow"))
	f.send(t, events.OutSubject("acme", "enrollment", "activated", events.UserKey("acme", "slow")), nil, body("slow"))
	for i := range 100 {
		f.publish(t, fmt.Sprint("other-", i))
	}
	handled := 0
	for range 100 { // a user who shares the slow one's lane waits: about one in 128
		select {
		case <-others:
			handled++
		case <-time.After(200 * time.Millisecond):
		}
		if handled >= 90 {
			break
		}
	}
	if handled < 90 {
		t.Errorf("only %d of 100 others were handled meanwhile", handled)
	}
	close(release)
	wait(t, entered, "the second")
	wait(t, entered, "the third")
	f.empty(t, bus.StreamIn, "verify-login-started")
}

func TestWhereOrderDoesNotMatterNobodyWaitsForAMessageThatStalls(t *testing.T) {
	f := start(t)
	entered, later, release := make(chan struct{}), make(chan string, 200), make(chan struct{})
	first := true
	f.replica(t, f.conn, bus.Config{AnyOrder: true, Lanes: 2}, bus.Subscription{Name: loginStarted, Handle: func(_ context.Context, d *bus.Delivery) error {
		if d.Sequence == 1 && first {
			first = false
			close(entered)
			<-release
			return nil
		}
		later <- userOf(d)
		return nil
	}})
	f.publish(t, "ada")
	<-entered
	for range 100 { // one of two lanes would be each user's
		f.publish(t, "ada")
	}
	for range 100 {
		wait(t, later, "a message behind one that stalls")
	}
	close(release)
	f.empty(t, bus.StreamIn, "verify-login-started")
}

func TestASubscriptionThatCannotBeIsRefused(t *testing.T) {
	f := start(t)
	none := func(context.Context, *bus.Delivery) error { return nil }
	for _, c := range []struct {
		name, says string
		subs       []bus.Subscription
	}{
		{"twice", "subscribed to twice", []bus.Subscription{{Name: loginStarted, Handle: none}, {Name: loginStarted, Handle: none}}},
		{"a type that nobody knows", "no such type", []bus.Subscription{{Name: "countersign.login.begun.v1", Handle: none}}},
		{"another worker's request", `"enroll" handles it`, []bus.Subscription{{Name: enrollmentRequested, Handle: none}}},
		{"a durable that is not there", "consumer not found", []bus.Subscription{{Name: challengeResend, Handle: none}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := bus.New(bus.Config{Conn: f.conn, Worker: worker, Registry: f.registry, DeadLetterKey: f.operator.Public(), Logger: quietLogger()})
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Run(t.Context(), c.subs); err == nil || !contains(err.Error(), c.says) {
				t.Errorf("Run says %v, want %q", err, c.says)
			}
		})
	}
}
