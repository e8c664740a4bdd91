package rig

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"countersign/e2e/bench/crowd"
	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
)

// Results reads every result that MFA_OUT holds, in order.
func (b *Bus) Results(ctx context.Context, each func(jetstream.Msg) error) error {
	filter := events.OutSubject(crowd.Platform, "attempt", "*", "*")
	s, err := b.JS.Stream(ctx, bus.StreamOut)
	if err != nil {
		return err
	}
	c, err := s.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{FilterSubjects: []string{filter}})
	if err != nil {
		return err
	}
	info, err := c.Info(ctx)
	if err != nil {
		return err
	}
	messages, err := c.Messages()
	if err != nil {
		return fmt.Errorf("read results: %w", err)
	}
	defer messages.Stop()
	for left := info.NumPending; left > 0; left-- {
		m, err := messages.Next(jetstream.NextMaxWait(patience))
		if err != nil {
			return fmt.Errorf("read results: %w", err)
		}
		if err := each(m); err != nil {
			return err
		}
	}
	return nil
}

// Verify holds the results to one acceptance of each user's attempt, and nothing else.
func (b *Bus) Verify(ctx context.Context, users []crowd.User) error {
	want := make(map[string]bool, len(users))
	for _, u := range users {
		want[u.AttemptID()] = true
	}
	accepted := events.OutSubject(crowd.Platform, "attempt", "accepted", "")
	err := b.Results(ctx, func(m jetstream.Msg) error {
		cause := m.Headers().Get("ce-causationid")
		if len(m.Subject()) < len(accepted) || m.Subject()[:len(accepted)] != accepted || !want[cause] {
			return fmt.Errorf("%s because of %q is not the one acceptance of an attempt: %s", m.Subject(), cause, m.Data())
		}
		delete(want, cause)
		return nil
	})
	if err == nil && len(want) > 0 {
		err = fmt.Errorf("%d attempts have no result", len(want))
	}
	return err
}

// First is the first result.
func (b *Bus) First(ctx context.Context) (first jetstream.Msg, err error) {
	found := errors.New("found")
	err = b.Results(ctx, func(m jetstream.Msg) error { first = m; return found })
	if errors.Is(err, found) {
		err = nil
	}
	return first, err
}
