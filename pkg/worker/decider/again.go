package decider

import (
	"context"
	"errors"
	"fmt"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
)

// seen is done where the head answers r, which comes again after a crash, and has only just been published: publishing it once more would
// answer twice. A platform that asks again is always answered: of what was just published, the bus may have dropped all as a repeat.
func (h *Handler[S]) seen(head eventstore.Commit, r Request, published bool) error {
	if published && r.Deliveries > 1 && h.Outbox.sameContent(head.Digest, r) {
		return nil
	}
	return eventstore.ErrCauseSeen
}

// answer publishes what no append will hold to the causes seen before.
func (h *Handler[S]) answer(ctx context.Context, r Request, l eventstore.Loaded[S], d Decision) error {
	if l.Version > 0 {
		switch _, err := h.Store.ByCause(ctx, l.Stream, r.Cause); {
		case err == nil:
			return eventstore.ErrCauseSeen
		case !errors.Is(err, eventstore.ErrNoCommit):
			return fmt.Errorf("look up cause in %s: %w", l.Stream, err)
		}
	}
	return h.Outbox.Answer(ctx, r, d.Events...)
}

// late answers a message that waited too long: as before if it had its effect, else too_late.
func (h *Handler[S]) late(ctx context.Context, r Request, stream eventstore.Stream) error {
	err := h.again(ctx, r, stream)
	if !errors.Is(err, eventstore.ErrNoCommit) {
		return err
	}
	return h.Outbox.Reject(ctx, r, &events.Rejection{
		Code:    events.TooLate,
		Message: "waited on the bus for more than 60 s: nothing was sent or counted; ask again with a new ce-id",
	})
}

// again answers a cause seen before with its own commit.
func (h *Handler[S]) again(ctx context.Context, r Request, stream eventstore.Stream) error {
	c, err := h.Store.ByCause(ctx, stream, r.Cause)
	if err != nil {
		return fmt.Errorf("look up cause in %s: %w", stream, err)
	}
	if !h.Outbox.sameContent(c.Digest, r) {
		return h.Outbox.Reject(ctx, r, &events.Rejection{
			Code: events.Invalid, Field: "ce-id",
			Message: "was used before with other content: give every new event an id of its own",
		})
	}
	h.Outbox.metrics.seen.WithLabelValues(stream.Kind).Inc()
	return h.Outbox.Repeat(ctx, c, r)
}
