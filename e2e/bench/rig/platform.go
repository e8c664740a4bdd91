package rig

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/e2e/bench/crowd"
)

// The streams are asked how far the worker is. Each look costs the bus something, so they grow frequent only towards the end, where the time between
// two is the error of what is measured.
const (
	look      = 10 * time.Millisecond
	closeLook = time.Millisecond
)

// patience is how long nothing may happen.
const patience = 30 * time.Second

var errStuck = errors.New("nothing happened for 30 s")

// A Write makes a user's message.
type Write func(u crowd.User, at time.Time) (*nats.Msg, error)

// Publish publishes one message of each user and returns when the bus has stored them all.
func (b *Bus) Publish(ctx context.Context, users []crowd.User, write Write) error {
	futures := make([]jetstream.PubAckFuture, len(users))
	for i, u := range users {
		m, err := write(u, time.Now())
		if err != nil {
			return err
		}
		if futures[i], err = b.JS.PublishMsgAsync(m, jetstream.WithStallWait(patience)); err != nil {
			return fmt.Errorf("publish %s: %w", m.Subject, err)
		}
	}
	for _, f := range futures {
		if err := confirmed(ctx, f); err != nil {
			return err
		}
	}
	return nil
}

func confirmed(ctx context.Context, f jetstream.PubAckFuture) error {
	select {
	case <-f.Ok():
		return nil
	case err := <-f.Err():
		return fmt.Errorf("publish %s: %w", f.Msg().Subject, err)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Await returns when MFA_OUT holds said messages and MFA_IN none: everything is answered and acknowledged.
func (b *Bus) Await(ctx context.Context, said uint64) error {
	begun := time.Now()
	first, err := b.Said(ctx)
	for now, far, moved := first, first, begun; err == nil; now, err = b.Said(ctx) {
		if over, err := b.over(ctx, now, said); over || err != nil {
			return err
		}
		if now > far {
			far, moved = now, time.Now()
		}
		if time.Since(moved) > patience {
			return fmt.Errorf("await %d messages of the worker, there are %d: %w", said, now, errStuck)
		}
		<-time.After(pause(time.Since(begun), float64(now-first), float64(said)-float64(now)))
	}
	return err
}

func (b *Bus) over(ctx context.Context, now, said uint64) (bool, error) {
	if now < said {
		return false, nil
	}
	left, err := b.Waiting(ctx)
	return left == 0, err
}

// pause lasts as long as what is left takes at the pace so far, from closeLook to look.
func pause(took time.Duration, done, left float64) time.Duration {
	if done == 0 {
		return look
	}
	return min(max(time.Duration(float64(took)*left/done), closeLook), look)
}
