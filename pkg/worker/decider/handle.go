package decider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/failpoint"
)

// tries bounds how often one delivery decides again after another worker was faster; then the bus brings it back.
const tries = 8

// A Handler decides for one kind of stream.
type Handler[S any] struct {
	Store  eventstore.Store
	Fold   eventstore.Fold[S]
	Outbox *Outbox
	// Policy is the hash of a platform's policy as it is now: of what is refused before the rules are asked. nil: none.
	Policy func(platform string) string
	// Held saves reading what this process has itself loaded or appended: the append finds out whether another one was faster. A decision that
	// appends nothing is made on what is read. nil: every decision is.
	Held *eventstore.Shelf[S]
	// Observe is told of every decision that is taken. nil: nobody is.
	Observe Observer
}

// Decide looks at the stream as it is, gathers what else it needs, and says what is to become of the request. It may run several times
// for one request; only the last counts. A *events.Rejection as error is recorded as the answer, under the policy of Handler.Policy; any
// other error brings the message back. What the rules have a part in goes through Take.
type Decide[S any] func(ctx context.Context, l eventstore.Loaded[S], now time.Time) (Decision, error)

// Handle brings r to its one effect in stream. It returns nil only when the effect is durable and its events are confirmed by
// the bus.
func (h *Handler[S]) Handle(ctx context.Context, r Request, stream eventstore.Stream, decide Decide[S]) error {
	if r.Late {
		return h.late(ctx, r, stream)
	}
	err := h.settle(ctx, r, stream, decide)
	if early, ok := errors.AsType[*earlyError](err); ok {
		return h.Outbox.comeAgain(ctx, r, early.until)
	}
	if err != nil {
		return err
	}
	return h.Outbox.Fired(ctx, r, stream)
}

// settle decides again for as long as other workers are faster.
func (h *Handler[S]) settle(ctx context.Context, r Request, stream eventstore.Stream, decide Decide[S]) error {
	lock := wait{on: h.Outbox.metrics, kind: stream.Kind}
	defer lock.end()
	for range tries {
		err := h.once(ctx, r, stream, decide)
		switch {
		case errors.Is(err, errUnfenced):
			continue
		case errors.Is(err, eventstore.ErrConflict):
			lock.conflict()
			continue
		case errors.Is(err, eventstore.ErrCauseSeen):
			return h.again(ctx, r, stream)
		case errors.Is(err, eventstore.ErrNewerFold), errors.Is(err, events.ErrUnknownType):
			return bus.RetryAfter(time.Second, err) // a newer worker wrote it: whoever knows it takes the message
		case errors.Is(err, eventstore.ErrTooLarge):
			return h.tooLarge(ctx, r, err)
		}
		return err
	}
	return fmt.Errorf("decide %s: %w", stream, eventstore.ErrConflict)
}

// tooLarge answers what leads to a commit that no store takes: trying again would not make it smaller.
func (h *Handler[S]) tooLarge(ctx context.Context, r Request, err error) error {
	if r.Type.Direction != events.In {
		return bus.Discard("too_large", err)
	}
	return h.Outbox.Reject(ctx, r, &events.Rejection{Code: events.TooLarge, Message: "is more than can be kept of one request"})
}

// errUnfenced says that a decision on what was held appends nothing: no other worker's commit would stand in its way.
var errUnfenced = errors.New("decision on a state that was held has no append to fence it")

func (h *Handler[S]) once(ctx context.Context, r Request, stream eventstore.Stream, decide Decide[S]) error {
	l, held := h.Held.Take(stream)
	if held {
		return h.decide(ctx, r, l, held, false, decide)
	}
	l, err := h.load(ctx, stream)
	if err != nil {
		return err
	}
	published, err := h.Outbox.catchUp(ctx, l.Head)
	if err != nil {
		return err
	}
	return h.decide(ctx, r, l, held, published, decide)
}

func (h *Handler[S]) decide(ctx context.Context, r Request, l eventstore.Loaded[S], held, published bool, decide Decide[S]) error {
	if l.Version > 0 && l.Head.Cause == r.Cause {
		return h.seen(l.Head, r, published)
	}
	failpoint.At(failpoint.Loaded)
	now := asKept(latest(r.At, l.At))
	d, err := decide.traced(ctx, l, now)
	if why, ok := errors.AsType[*events.Rejection](err); ok {
		refused := h.refused(r, why)
		d, err = h.Take(r, l, now, why, func(S) (Decision, error) { return refused, nil })
	}
	_, early := errors.AsType[*earlyError](err)
	if held && (early || err == nil && (d.Uncommitted || len(d.Events) == 0)) {
		return errUnfenced
	}
	if err != nil {
		return err
	}
	return h.carryOut(ctx, r, l, d, now)
}

func (h *Handler[S]) refused(r Request, why *events.Rejection) Decision {
	d := Refused(r, why)
	if h.Policy != nil {
		d.Policy = h.Policy(r.Platform)
	}
	return d
}

func (h *Handler[S]) carryOut(ctx context.Context, r Request, l eventstore.Loaded[S], d Decision, now time.Time) error {
	if err := answers(r, d); err != nil {
		return err
	}
	switch {
	case len(d.Events) == 0:
		return nil
	case d.Uncommitted:
		return h.answer(ctx, r, l, d)
	}
	next, err := h.advance(r, l, d, now)
	if err != nil {
		return err
	}
	failpoint.At(failpoint.Decided)
	if err := h.append(ctx, next.Head); err != nil {
		return err
	}
	failpoint.At(failpoint.Appended)
	if err := h.Outbox.Publish(ctx, next.Head); err != nil {
		return err
	}
	failpoint.At(failpoint.Published)
	h.Outbox.metrics.answered(r, d.Events)
	h.Held.Put(next)
	return nil
}

// answers holds deciders to the contract: what a platform asked is answered, and the answer comes first.
func answers(r Request, d Decision) error {
	if r.Type.Direction != events.In {
		return nil
	}
	if len(d.Events) == 0 {
		return fmt.Errorf("decide %s: no answer", r.Type.Name())
	}
	first := d.Events[0].EventType()
	if first == events.RequestRejectedType || slices.Contains(r.Type.Answers, first) {
		return nil
	}
	return fmt.Errorf("decide %s: answered by %s, want one of %v", r.Type.Name(), first, r.Type.Answers)
}

// asKept is t as a commit or an event gives it back: in UTC, and without the reading of a clock that only this process has.
func asKept(t time.Time) time.Time { return t.UTC().Round(0) }

func latest(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
