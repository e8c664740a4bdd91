package workertest

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"countersign/pkg/worker/eventstore"
)

func (s *Store) Append(ctx context.Context, c eventstore.Commit) error {
	return act(s, Call{Op: Append, Kind: c.Stream.Kind, Commit: c}, func() error {
		err := s.inner.Append(ctx, c)
		if err == nil {
			s.mu.Lock()
			s.appended = append(s.appended, c)
			s.mu.Unlock()
		}
		return err
	})
}

func (s *Store) Pending(ctx context.Context, kind string, before time.Time, limit int) ([]eventstore.Commit, error) {
	return through(s, Call{Op: Pending, Kind: kind}, func() ([]eventstore.Commit, error) { return s.inner.Pending(ctx, kind, before, limit) })
}

func (s *Store) PublishedAbove(ctx context.Context, kind string, sequence uint64, limit int) ([]eventstore.Commit, error) {
	return through(s, Call{Op: PublishAbove, Kind: kind}, func() ([]eventstore.Commit, error) {
		return s.inner.PublishedAbove(ctx, kind, sequence, limit)
	})
}

func (s *Store) MarkPublished(ctx context.Context, marks []eventstore.Mark) error {
	return act(s, Call{Op: MarkPublish}, func() error { return s.inner.MarkPublished(ctx, marks) })
}

func (s *Store) Due(ctx context.Context, kind string, before time.Time, limit int) ([]eventstore.DueTimer, error) {
	return through(s, Call{Op: Due, Kind: kind}, func() ([]eventstore.DueTimer, error) { return s.inner.Due(ctx, kind, before, limit) })
}

func (s *Store) Waiting(ctx context.Context, kind, platform, after string, limit int) ([]eventstore.Stream, error) {
	return through(s, Call{Op: Waiting, Kind: kind}, func() ([]eventstore.Stream, error) {
		return s.inner.Waiting(ctx, kind, platform, after, limit)
	})
}

func (s *Store) MarkFired(ctx context.Context, fired []eventstore.Fired) error {
	return act(s, Call{Op: MarkFired}, func() error { return s.inner.MarkFired(ctx, fired) })
}

func (s *Store) PutPolicy(ctx context.Context, hash string, document []byte) error {
	return s.inner.PutPolicy(ctx, hash, document)
}

func (s *Store) Policy(ctx context.Context, hash string) ([]byte, error) {
	return s.inner.Policy(ctx, hash)
}

// Close leaves the store open: whoever made it closes it.
func (s *Store) Close() error { return nil }

// ErrBroken is what the faults of this package fail with.
var ErrBroken = errors.New("store is broken by the test")

// On makes a fault of an operation on a kind of stream: every call fails.
func On(op Op, kind string) func(Call) error { return OnNth(op, kind, 0) }

// OnNth makes a fault of the nth call, from 1, of an operation on a kind of stream; 0 stands for every call.
func OnNth(op Op, kind string, n int64) func(Call) error {
	var calls atomic.Int64
	return func(c Call) error {
		if c.Op != op || c.Kind != kind {
			return nil
		}
		if made := calls.Add(1); n == 0 || made == n {
			return ErrBroken
		}
		return nil
	}
}
