package decider

import (
	"context"
	"fmt"
	"time"

	"countersign/pkg/worker/eventstore"
)

const (
	sweepEvery = 5 * time.Second // how often
	sweepGrace = 5 * time.Second // what is younger is in the hands of a living worker
	sweepBatch = 500
)

// A Sweeper publishes what a crash left unpublished, fires timers that the bus lost, and publishes again what a bus restored
// from an older state no longer has.
type Sweeper struct {
	Outbox *Outbox
	Now    func() time.Time
}

// Run sweeps at once and then every five seconds until ctx ends. A sweep that fails is tried again.
func (s *Sweeper) Run(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := s.Sweep(ctx); err != nil && ctx.Err() == nil {
			s.Outbox.Logger.WarnContext(ctx, "sweep the outbox", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// Sweep looks once through every kind of stream that the worker owns.
func (s *Sweeper) Sweep(ctx context.Context) error {
	last, err := s.Outbox.Bus.LastSequence(ctx)
	if err != nil {
		return fmt.Errorf("ask the bus for its last message: %w", err)
	}
	for _, kind := range s.Outbox.Kinds {
		if err := s.sweep(ctx, kind, last); err != nil {
			return fmt.Errorf("sweep %s: %w", kind, err)
		}
	}
	return nil
}

func (s *Sweeper) sweep(ctx context.Context, kind string, last uint64) error {
	before := s.Now().Add(-sweepGrace)
	pending, err := s.Outbox.Store.Pending(ctx, kind, before, sweepBatch)
	if err != nil {
		return err
	}
	lost, err := s.Outbox.Store.PublishedAbove(ctx, kind, last, sweepBatch)
	if err != nil {
		return err
	}
	for _, c := range append(pending, lost...) {
		if err := s.Outbox.Publish(ctx, c); err != nil {
			return err
		}
	}
	return s.fire(ctx, kind, before)
}

// fire delivers timers that should have come by now, under their own ids: one that comes twice has one effect.
func (s *Sweeper) fire(ctx context.Context, kind string, before time.Time) error {
	due, err := s.Outbox.Store.Due(ctx, kind, before, sweepBatch)
	if err != nil {
		return err
	}
	for _, d := range due {
		m, err := s.Outbox.timer(eventstore.Commit{Stream: d.Stream, Version: d.Version, At: d.Timer.At}, d.Timer, "")
		if err != nil {
			return err
		}
		if _, err := s.Outbox.Bus.Publish(ctx, m.Now()); err != nil {
			return fmt.Errorf("fire %s of %s: %w", d.Timer.Type, d.Stream, err)
		}
	}
	return nil
}
