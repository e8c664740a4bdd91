package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/pkg/events"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	outStream  = "MFA_OUT"
	comesAgain = time.Second
)

// A Record is an event from the platform's durable consumer: for records, statistics and notices. It never opens a session.
type Record struct {
	Envelope events.Envelope
	Event    events.Event // nil for a type that this release does not know
}

// Listen hands every event of the platform to handle, at least once each, until ctx ends. An event is acknowledged when handle returns nil and
// comes again a second later when it does not. Replicas that listen share the events between them. Drop repeats by Source and ID of the
// envelope. A bus that is away for a while ends nothing; a durable that is gone is an error.
func (c *Client) Listen(ctx context.Context, handle func(context.Context, Record) error) error {
	consumer, err := c.durable(ctx)
	if err != nil {
		return fmt.Errorf("open durable consumer %s on %s: %w", c.conf.Platform, outStream, err)
	}
	messages, err := consumer.Messages()
	if err != nil {
		return fmt.Errorf("pull from %s: %w", c.conf.Platform, err)
	}
	defer messages.Stop()
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, jetstream.ErrNoHeartbeat) {
			if _, err = c.durable(ctx); err == nil || c.passing(err) {
				continue
			}
		}
		if err != nil {
			return fmt.Errorf("pull from %s: %w", c.conf.Platform, err)
		}
		if err := c.record(ctx, m, handle); err != nil {
			return err
		}
	}
}

func (c *Client) durable(ctx context.Context) (jetstream.Consumer, error) {
	ctx, leave := c.heed(ctx, "$JS.API.CONSUMER.INFO."+outStream+"."+c.conf.Platform)
	defer leave()
	consumer, err := c.js.Consumer(ctx, outStream, c.conf.Platform)
	return consumer, because(ctx, err)
}

func (c *Client) record(ctx context.Context, m jetstream.Msg, handle func(context.Context, Record) error) error {
	r, ok := c.read(m.Subject(), m.Headers(), m.Data())
	if !ok {
		return m.TermWithReason("not a worker's event")
	}
	if err := handle(ctx, r); err != nil {
		return m.NakWithDelay(comesAgain) // a bare nak comes back at once, for as long as handle fails
	}
	return m.Ack()
}
