package stranger

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Records are all events of a platform, those that nobody listened to included, from its one durable consumer.
type Records struct {
	messages jetstream.MessagesContext
}

// Records opens the platform's durable, which others have made.
func (p *Platform) Records(ctx context.Context) (*Records, error) {
	durable, err := p.js.Consumer(ctx, "MFA_OUT", p.Name)
	if err != nil {
		return nil, fmt.Errorf("open durable %s: %w", p.Name, err)
	}
	messages, err := durable.Messages()
	if err != nil {
		return nil, fmt.Errorf("pull from durable %s: %w", p.Name, err)
	}
	return &Records{messages}, nil
}

// Next is the next event, which then counts as recorded.
func (r *Records) Next(ctx context.Context) (Event, error) {
	m, err := r.messages.Next(jetstream.NextContext(ctx))
	if err != nil {
		return Event{}, err
	}
	e, err := read(m.Subject(), m.Headers(), m.Data())
	if err != nil {
		return e, err
	}
	return e, m.Ack()
}

// Close ends the pulling.
func (r *Records) Close() { r.messages.Stop() }
