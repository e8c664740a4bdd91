package decider

import (
	"context"
	"errors"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/trace"
)

func (h *Handler[S]) load(ctx context.Context, stream eventstore.Stream) (l eventstore.Loaded[S], err error) {
	ctx, span := trace.Begin(ctx, trace.Load, stream.Kind)
	defer func() { span.End(err) }()
	return eventstore.Load(ctx, h.Store, stream, h.Fold)
}

func (decide Decide[S]) traced(ctx context.Context, l eventstore.Loaded[S], now time.Time) (d Decision, err error) {
	ctx, span := trace.Begin(ctx, trace.Decide, "")
	if !span.On() {
		return decide(ctx, l, now)
	}
	d, err = decide(ctx, l, now)
	why, refused := errors.AsType[*events.Rejection](err)
	switch {
	case refused:
		span.Say(trace.OutcomeWord, string(why.Code))
		span.End(nil)
	case len(d.Events) > 0:
		span.Say(trace.OutcomeWord, d.Events[0].EventType())
		span.End(err)
	default:
		span.End(err)
	}
	return d, err
}

func (h *Handler[S]) append(ctx context.Context, c eventstore.Commit) error {
	ctx, span := trace.Begin(ctx, trace.Commit, c.Stream.Kind)
	begun := time.Now()
	err := h.Store.Append(ctx, c)
	h.Outbox.metrics.commits.WithLabelValues(c.Stream.Kind).Observe(time.Since(begun).Seconds())
	switch {
	case errors.Is(err, eventstore.ErrConflict), errors.Is(err, eventstore.ErrCauseSeen): // another was faster: no fault
		span.Say(trace.OutcomeWord, "conflict")
		span.End(nil)
	default:
		span.End(err)
	}
	return err
}
