package decider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/failpoint"
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
	for _, kind := range s.Outbox.Kinds {
		if err := s.sweep(ctx, kind); err != nil {
			return fmt.Errorf("sweep %s: %w", kind, err)
		}
	}
	return nil
}

// sweep looks first what there is to do: that is to be seen also while the bus is away.
func (s *Sweeper) sweep(ctx context.Context, kind string) error {
	now := s.Now()
	before := now.Add(-sweepGrace)
	pending, err := s.Outbox.Store.Pending(ctx, kind, before, sweepBatch)
	if err != nil {
		return err
	}
	s.Outbox.metrics.unpublished(kind, pending, now)
	last, err := s.Outbox.Bus.LastSequence(ctx)
	if err != nil {
		return fmt.Errorf("ask the bus for its last message: %w", err)
	}
	lost, err := s.Outbox.Store.PublishedAbove(ctx, kind, last, sweepBatch)
	if err != nil {
		return err
	}
	if err := errors.Join(s.publish(ctx, sweptCommit, pending), s.publish(ctx, sweptLost, lost)); err != nil {
		return err
	}
	return s.fire(ctx, kind, before)
}

func (s *Sweeper) publish(ctx context.Context, why string, list []eventstore.Commit) error {
	for _, c := range list {
		failpoint.At(failpoint.Sweeping)
		if err := s.Outbox.Publish(ctx, c); err != nil {
			return err
		}
		failpoint.At(failpoint.Swept)
		s.Outbox.metrics.swept.WithLabelValues(why).Inc()
	}
	return nil
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
		failpoint.At(failpoint.Firing)
		if _, err := s.Outbox.Bus.Publish(ctx, m.Now()); err != nil {
			return fmt.Errorf("fire %s of %s: %w", d.Timer.Type, d.Stream, err)
		}
		failpoint.At(failpoint.Fired)
		s.Outbox.metrics.swept.WithLabelValues(sweptTimer).Inc()
	}
	return nil
}
