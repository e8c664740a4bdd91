package worker

import (
	"context"
	"errors"
	"net/http"

	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"
)

// A Running worker has been started and is to be drained.
type Running struct {
	router    *bus.Router
	pages     http.Handler
	checks    map[string]func(context.Context) error
	responder *bus.Responder
	group     *errgroup.Group
	stop      context.CancelFunc // ends the relay, after the last handler
	running   <-chan struct{}
	failed    context.Context // ends with the first part that does, and knows why
}

// run keeps the relay going until the last handler has returned: what handlers publish is marked.
func (r *Running) run(ctx context.Context, c Config, outbox *decider.Outbox, t Table) {
	relay, stop := context.WithCancel(context.WithoutCancel(ctx))
	group, failed := errgroup.WithContext(context.WithoutCancel(ctx))
	sweeper := decider.Sweeper{Outbox: outbox, Now: c.Time}
	subs := c.subscriptions(outbox, t)
	group.Go(func() error { return outbox.Run(relay) })
	group.Go(func() error { return sweeper.Run(relay) })
	group.Go(func() error { return r.router.Run(relay, subs) })
	group.Go(func() error { return r.router.FollowClock(relay) })
	group.Go(func() error { return connected(relay, c.Conn.Conn) })
	if t.Beside != nil {
		group.Go(func() error { return t.Beside(relay) })
	}
	r.group, r.stop, r.running, r.failed = group, stop, r.router.Running(), failed
}

var errClosed = errors.New("the connection to the bus is closed for good: has its credential been revoked?")

// connected returns when ctx ends, or with an error when the connection will not come back: the router would wait for it for ever.
func connected(ctx context.Context, nc *nats.Conn) error {
	closed := nc.StatusChanged(nats.CLOSED)
	defer nc.RemoveStatusListener(closed)
	if nc.IsClosed() {
		return errClosed
	}
	select {
	case <-closed:
		return errClosed
	case <-ctx.Done():
		return nil
	}
}

// Checks are the worker's own of its readiness, by name.
func (r *Running) Checks() map[string]func(context.Context) error { return r.checks }

// Ready is closed when every subscription stands.
func (r *Running) Ready() <-chan struct{} { return r.running }

// Failed is closed when a part has ended by itself; Drain says why.
func (r *Running) Failed() <-chan struct{} { return r.failed.Done() }

// Failure is why a part has ended by itself; nil while none has.
func (r *Running) Failure() error { return context.Cause(r.failed) }

// Pages is what the worker shows people; nil for one that shows nothing. Whoever serves them stops before the worker is drained.
func (r *Running) Pages() http.Handler { return r.pages }

// CheckClock is a readiness check: an error while this machine's clock is 5 s or more off the bus's.
func (r *Running) CheckClock(ctx context.Context) error { return r.router.CheckClock(ctx) }

// Drain pulls no more and takes no more questions, finishes what is held, writes the last marks and returns the first error of all that
// time.
func (r *Running) Drain(ctx context.Context) error {
	r.begun(ctx)
	var both errgroup.Group // at once: a slow answer would have the worker pull for as long as it takes
	both.Go(func() error { return r.router.Drain(ctx) })
	if r.responder != nil {
		both.Go(func() error { return r.responder.Drain(ctx) })
	}
	err := both.Wait()
	r.stop()
	if ended := r.group.Wait(); ended != nil {
		err = ended
	}
	return err
}

// begun waits for the router's beginning: one that is closed on its way there leaves a goroutine behind.
func (r *Running) begun(ctx context.Context) {
	select {
	case <-r.running:
	case <-r.failed.Done():
	case <-ctx.Done():
	}
}
