package decider

import (
	"context"
	"fmt"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
)

// Early is what a decider returns for a timer that came before its time, as clocks of two servers of the bus make it: it is set anew.
// Giving the message back would not do, because its time is when the bus stored it, however often it comes.
func Early(until time.Time) error { return &earlyError{until} }

type earlyError struct{ until time.Time }

func (e *earlyError) Error() string {
	return "timer came before its time, " + e.until.Format(time.RFC3339Nano)
}

// comeAgain sets r, which is a timer, anew under its own id.
func (o *Outbox) comeAgain(ctx context.Context, r Request, at time.Time) error {
	header, body, err := events.Encode(r.Envelope)
	if err != nil {
		return fmt.Errorf("encode %s: %w", r.Envelope.Type, err)
	}
	err = o.Bus.Schedule(ctx, bus.Scheduled{
		Platform: r.Platform, Worker: r.Type.Worker, Fact: r.Type.Fact, ID: r.Envelope.ID, At: at, Header: header, Body: body,
	})
	if err != nil {
		return fmt.Errorf("schedule %s again: %w", r.Envelope.Type, err)
	}
	return nil
}
