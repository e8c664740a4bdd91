package place

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/sync/errgroup"

	"countersign/pkg/worker/eventstore"
)

// A Kept commit is one of long ago: its events are published under its BusSequence, its timers have fired.
type Kept struct {
	eventstore.Commit
	Followed bool // by a later version, which is in the same list
}

// Fill writes commits of streams that are not there yet, as they would stand there once appended, published and marked. Into a file they are
// written past its store, at many times its speed: what stands there in the end is the same, byte for byte.
func Fill(ctx context.Context, s Spec, commits iter.Seq2[Kept, error]) error {
	p, err := Open(ctx, s) // makes the tables
	if err != nil {
		return err
	}
	if s.Kind == MongoDB {
		return errors.Join(Append(ctx, p.Events, commits), p.Close())
	}
	if err := p.Close(); err != nil {
		return err
	}
	return intoTable(ctx, storeFile(s), commits)
}

// Append is Fill by a store's own means.
func Append(ctx context.Context, store eventstore.Store, commits iter.Seq2[Kept, error]) error {
	var batch []eventstore.Commit
	for c, err := range commits {
		if err != nil {
			return err
		}
		if batch = append(batch, c.Commit); len(batch) < bulk {
			continue
		}
		if err := appendBatch(ctx, store, batch); err != nil {
			return err
		}
		batch = batch[:0]
	}
	return appendBatch(ctx, store, batch)
}

func appendBatch(ctx context.Context, store eventstore.Store, batch []eventstore.Commit) error {
	group, under := errgroup.WithContext(ctx)
	var marks []eventstore.Mark
	var fired []eventstore.Fired
	streams := map[eventstore.Stream][]eventstore.Commit{}
	for _, c := range batch {
		marks = append(marks, eventstore.Mark{Stream: c.Stream, Version: c.Version, BusSequence: c.BusSequence})
		for _, t := range c.Timers {
			fired = append(fired, eventstore.Fired{Stream: c.Stream, Version: c.Version, TimerID: t.ID})
		}
		streams[c.Stream] = append(streams[c.Stream], c)
	}
	for _, versions := range streams {
		group.Go(func() error { return appendAll(under, store, versions) })
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("append: %w", err)
	}
	return errors.Join(store.MarkPublished(ctx, marks), store.MarkFired(ctx, fired))
}

// appendAll appends versions of one stream, one after the other.
func appendAll(ctx context.Context, store eventstore.Store, versions []eventstore.Commit) error {
	for _, c := range versions {
		if err := store.Append(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// Rewind takes away what was appended to streams after their heads, which stand there again as they did.
func Rewind(ctx context.Context, s Spec, heads []eventstore.Commit) error {
	if s.Kind == MongoDB {
		return rewindServer(ctx, s, heads)
	}
	return rewindFile(ctx, storeFile(s), heads)
}
