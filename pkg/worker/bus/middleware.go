package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
)

// panicDeliveries is the delivery at which a message whose handler panics becomes a dead letter.
const panicDeliveries = 5

type panicError struct {
	value any
	stack []byte
}

// Error prints the runtime's own words; another value may hold what the message held.
func (e *panicError) Error() string {
	if r, ok := e.value.(runtime.Error); ok {
		return "handler panicked: " + r.Error()
	}
	return fmt.Sprintf("handler panicked: %T", e.value)
}

// recoverPanic makes a panic an error, so that the message is judged and the worker lives.
func recoverPanic(next message.HandlerFunc) message.HandlerFunc {
	return func(m *message.Message) (out []*message.Message, err error) {
		defer func() {
			if v := recover(); v != nil {
				err = &panicError{value: v, stack: debug.Stack()}
			}
		}()
		return next(m)
	}
}

// dispose is the one place where a handler's error becomes what the bus is told. It gives back by itself and returns nil,
// because Watermill would log every error it sees a second time.
func (r *Router) dispose(next message.HandlerFunc) message.HandlerFunc {
	return func(m *message.Message) ([]*message.Message, error) {
		h := heldOf(m.Context())
		_, err := next(m)
		if err == nil {
			return nil, nil
		}
		reason, after := judge(err, h.d.Deliveries)
		if reason != "" {
			reason, after = r.bury(m.Context(), h, reason, after)
		}
		r.tell(m.Context(), h, reason, after, err)
		h.verdict = verdict{terminate: reason, retry: after}
		if reason == "" {
			m.Nack()
		}
		return nil, nil
	}
}

// judge returns the reason of a dead letter, or how long to wait for the next delivery.
func judge(err error, deliveries uint64) (reason string, after time.Duration) {
	var discard *discardError
	var retry *retryError
	var panicked *panicError
	switch {
	case errors.As(err, &discard):
		return discard.reason, 0
	case errors.As(err, &retry):
		return "", max(retry.after, time.Millisecond)
	case errors.As(err, &panicked) && deliveries >= panicDeliveries:
		return "panic", 0
	}
	return "", backoff(deliveries)
}

// bury keeps the message as a dead letter, also where its time is over; when that fails it is given back, so that nothing is lost.
func (r *Router) bury(ctx context.Context, h *held, reason string, after time.Duration) (string, time.Duration) {
	letter, err := r.deadLetter(h, reason)
	if err == nil {
		_, err = r.publisher.Publish(context.WithoutCancel(ctx), []Outgoing{letter})
	}
	if err != nil {
		r.conf.Logger.ErrorContext(ctx, "keep a dead letter", "durable", h.sub.durable, "sequence", h.d.Sequence, "error", err)
		return "", backoff(h.d.Deliveries)
	}
	return reason, after
}

func (r *Router) tell(ctx context.Context, h *held, reason string, after time.Duration, err error) {
	level, word := slog.LevelWarn, "message goes back"
	attrs := []any{"durable", h.sub.durable, "sequence", h.d.Sequence, "deliveries", h.d.Deliveries, "error", err}
	if reason != "" {
		word, attrs = "message is a dead letter", append(attrs, "reason", reason)
	} else {
		attrs = append(attrs, "after", after)
	}
	var panicked *panicError
	if errors.As(err, &panicked) {
		level, attrs = slog.LevelError, append(attrs, "stack", string(panicked.stack))
	}
	r.conf.Logger.Log(ctx, level, word, attrs...)
}

// quiet takes from Watermill's log what went wrong and leaves its progress reports.
type quiet struct{ log *slog.Logger }

func (q quiet) Error(msg string, err error, _ watermill.LogFields) { q.log.Warn(msg, "error", err) }
func (q quiet) Info(msg string, _ watermill.LogFields)             { q.log.Debug(msg) }
func (q quiet) Debug(string, watermill.LogFields)                  {}
func (q quiet) Trace(string, watermill.LogFields)                  {}
func (q quiet) With(watermill.LogFields) watermill.LoggerAdapter   { return q }
