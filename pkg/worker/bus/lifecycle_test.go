package bus_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/pkg/worker/bus"
)

const loginDurable = "verify-login-started"

// ackWait makes the bus give up a silent replica sooner than in 30 s.
func (f *fixture) ackWait(t *testing.T, d time.Duration) {
	t.Helper()
	c, err := f.js.Consumer(t.Context(), bus.StreamIn, loginDurable)
	if err != nil {
		t.Fatal(err)
	}
	conf := c.CachedInfo().Config
	conf.AckWait = d
	if _, err := f.js.UpdateConsumer(t.Context(), bus.StreamIn, conf); err != nil {
		t.Fatal(err)
	}
}

func TestAReplicaThatDiesBetweenHandlerAndAcknowledgementIsReplaced(t *testing.T) {
	f := start(t)
	f.ackWait(t, 300*time.Millisecond)
	dying := f.server.Connect(t, worker)
	handled := make(chan uint64, 2)
	f.replica(t, dying, bus.Config{}, bus.Subscription{Name: loginStarted, Handle: func(_ context.Context, d *bus.Delivery) error {
		handled <- d.Deliveries
		dying.Close()
		return nil
	}})
	f.publish(t, "u")
	wait(t, handled, "the dying replica handles it")
	f.router(t, bus.Subscription{Name: loginStarted, Handle: func(_ context.Context, d *bus.Delivery) error {
		handled <- d.Deliveries
		return nil
	}})
	if n := wait(t, handled, "another replica handles it"); n != 2 {
		t.Errorf("delivery %d, want 2", n)
	}
	f.empty(t, bus.StreamIn, loginDurable)
}

func TestWhatIsHeldLongIsNotGivenToAnother(t *testing.T) {
	f := start(t)
	f.ackWait(t, 2*time.Second) // a third of it is what a busy machine may sleep through
	kept := make(chan string, 100)
	spy, err := f.conn.Subscribe("$JS.ACK."+bus.StreamIn+"."+loginDurable+".>", func(m *nats.Msg) {
		if string(m.Data) == "+WPI" {
			kept <- m.Subject
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = spy.Unsubscribe() }()
	deliveries, release := make(chan uint64, 9), make(chan struct{})
	hold := bus.Subscription{Name: loginStarted, Handle: func(_ context.Context, d *bus.Delivery) error {
		deliveries <- d.Deliveries
		<-release
		return nil
	}}
	f.router(t, hold)
	f.publish(t, "u")
	f.publish(t, "u") // waits in the lane behind the first
	wait(t, deliveries, "it is handled")
	for range 10 { // two messages, a word for each at a third of the wait: well beyond it
		wait(t, kept, "the bus hears that it is still held")
	}
	close(release)
	wait(t, deliveries, "the second is handled")
	f.empty(t, bus.StreamIn, loginDurable)
	close(deliveries)
	for n := range deliveries {
		t.Errorf("delivered again: %d", n)
	}
}

func TestDrainFinishesWhatIsHeldAndTakesNoMore(t *testing.T) {
	f := start(t)
	const held = 4
	marked, release, handled := make(chan string, 9), make(chan struct{}), make(chan string, 99)
	r := f.router(t, bus.Subscription{Name: loginStarted, Handle: func(_ context.Context, d *bus.Delivery) error {
		if userOf(d) != "u" {
			marked <- userOf(d)
			return nil
		}
		<-release
		handled <- d.Subject
		return nil
	}})
	for range held {
		f.publish(t, "u") // one in the handler, the others in its lane
	}
	for i := range 8 { // messages arrive in turn: when one of these is handled, in whichever lane, those above are held
		f.publish(t, fmt.Sprint("mark-", i))
	}
	wait(t, marked, "what came last is handled")
	drained := make(chan error, 1)
	go func() { drained <- r.Drain(t.Context()) }()
	f.noInterest(t)
	f.publish(t, "late")
	close(release)
	if err := wait(t, drained, "the router is drained"); err != nil {
		t.Fatal(err)
	}
	if len(handled) != held {
		t.Errorf("%d handled, want the %d that were held", len(handled), held)
	}
	late := make(chan string, 9)
	f.router(t, bus.Subscription{Name: loginStarted, Handle: func(_ context.Context, d *bus.Delivery) error {
		late <- userOf(d)
		return nil
	}})
	for user := ""; user != "late"; {
		if user = wait(t, late, "another replica takes the late one"); user == "u" {
			t.Error("what was held is handled again")
		}
	}
	f.empty(t, bus.StreamIn, loginDurable)
}

func TestADrainThatTakesTooLongGivesTheRestToAnotherAtOnce(t *testing.T) {
	f := start(t)
	entered := make(chan string, 9)
	r := f.replica(t, f.conn, bus.Config{Deadline: time.Minute}, bus.Subscription{Name: loginStarted, Handle: func(ctx context.Context, d *bus.Delivery) error {
		entered <- userOf(d)
		<-ctx.Done()
		return ctx.Err()
	}})
	for range 3 {
		f.publish(t, "u")
	}
	wait(t, entered, "the first is handled")
	f.pending(t, 3)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := r.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Drain says %v", err)
	}
	again := make(chan uint64, 9)
	f.router(t, bus.Subscription{Name: loginStarted, Handle: func(_ context.Context, d *bus.Delivery) error {
		again <- d.Deliveries
		return nil
	}})
	for range 3 { // within soon, which is less than the 30 s after which the bus would give up
		wait(t, again, "another replica handles it")
	}
	f.empty(t, bus.StreamIn, loginDurable)
}

func TestFullLanesStopPulling(t *testing.T) {
	f := start(t)
	const prefetch, all = 10, 60
	release, handled := make(chan struct{}), make(chan string, all)
	f.replica(t, f.conn, bus.Config{Prefetch: prefetch, Heartbeat: 50 * time.Millisecond}, bus.Subscription{Name: loginStarted, Handle: func(_ context.Context, d *bus.Delivery) error {
		<-release
		handled <- userOf(d)
		return nil
	}})
	for range all {
		f.publish(t, "u")
	}
	f.pending(t, prefetch)
	other := make(chan string, all) // another replica gets what this one has no room for
	f.replica(t, f.server.Connect(t, worker), bus.Config{}, bus.Subscription{Name: loginStarted, Handle: func(_ context.Context, d *bus.Delivery) error {
		other <- userOf(d)
		return nil
	}})
	for range all - prefetch {
		wait(t, other, "the other replica handles the rest")
	}
	close(release)
	for range prefetch {
		wait(t, handled, "the first replica handles what it holds")
	}
	f.empty(t, bus.StreamIn, loginDurable)
}

func TestARetriedMessageDoesNotHoldUpItsUser(t *testing.T) {
	f := start(t)
	order := make(chan string, 9)
	f.router(t, bus.Subscription{Name: loginStarted, Handle: func(_ context.Context, d *bus.Delivery) error {
		order <- fmt.Sprintf("%d/%d", d.Sequence, d.Deliveries)
		if d.Sequence == 1 && d.Deliveries == 1 {
			return bus.RetryAfter(500*time.Millisecond, errors.New("later"))
		}
		return nil
	}})
	f.publish(t, "u")
	f.publish(t, "u")
	var got []string
	for range 3 {
		got = append(got, wait(t, order, "it is handled"))
	}
	if s := strings.Join(got, " "); s != "1/1 2/1 1/2" {
		t.Errorf("handled %s", s)
	}
}

// pending waits until the bus has given out n messages that nobody has settled.
func (f *fixture) pending(t *testing.T, n int) {
	t.Helper()
	until(t, fmt.Sprint(n, " messages are out"), func() bool { return f.info(t).NumAckPending == n })
}

// noInterest waits until nobody asks for messages any more.
func (f *fixture) noInterest(t *testing.T) {
	t.Helper()
	until(t, "nobody asks", func() bool { return f.info(t).NumWaiting == 0 })
}

func (f *fixture) info(t *testing.T) *jetstream.ConsumerInfo {
	t.Helper()
	c, err := f.js.Consumer(t.Context(), bus.StreamIn, loginDurable)
	if err != nil {
		t.Fatal(err)
	}
	return c.CachedInfo()
}
