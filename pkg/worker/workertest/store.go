package workertest

import (
	"context"
	"iter"
	"slices"
	"sync"

	"countersign/pkg/worker/eventstore"
)

// An Op is what a store is asked to do.
type Op string

const (
	Head         Op = "head"
	ProvenHead   Op = "proven head" // a linearizable read
	ByCause      Op = "by cause"
	Replay       Op = "replay"
	Append       Op = "append"
	MarkPublish  Op = "mark published"
	MarkFired    Op = "mark fired"
	Pending      Op = "pending"
	PublishAbove Op = "published above"
	Due          Op = "due"
	Waiting      Op = "waiting"
)

// A Call is one call of a store.
type Call struct {
	Op     Op
	Kind   string            // of the streams
	Commit eventstore.Commit // of Append
}

// Faults say what goes wrong with calls; a nil func changes nothing. They may run at once.
type Faults struct {
	Before func(Call) error                          // its error comes instead of the call
	After  func(Call) error                          // its error comes instead of the result: what was asked for has happened
	Read   func(eventstore.Commit) eventstore.Commit // is what a read brings
}

// A Store is a store that fails when it is told to, and keeps a list of what was appended.
type Store struct {
	inner eventstore.Store

	mu       sync.Mutex
	faults   Faults
	appended []eventstore.Commit
}

var _ eventstore.LinearizableReader = (*Store)(nil)

// NewStore wraps a store.
func NewStore(inner eventstore.Store) *Store { return &Store{inner: inner} }

// Break makes calls go wrong from now on.
func (s *Store) Break(f Faults) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = f
}

// Mend ends it.
func (s *Store) Mend() { s.Break(Faults{}) }

// Appended is every commit that was written through s, in order.
func (s *Store) Appended() []eventstore.Commit {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.appended)
}

func (s *Store) now() Faults {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.faults
}

func (s *Store) read(c eventstore.Commit) eventstore.Commit {
	if f := s.now().Read; f != nil {
		return f(c)
	}
	return c
}

// through makes the call unless a fault comes before it, and forgets its result where one comes after it.
func through[T any](s *Store, c Call, call func() (T, error)) (T, error) {
	var none T
	if f := s.now().Before; f != nil {
		if err := f(c); err != nil {
			return none, err
		}
	}
	v, err := call()
	if f := s.now().After; f != nil && err == nil {
		err = f(c)
	}
	if err != nil {
		return none, err
	}
	return v, nil
}

func act(s *Store, c Call, call func() error) error {
	_, err := through(s, c, func() (struct{}, error) { return struct{}{}, call() })
	return err
}

func (s *Store) Head(ctx context.Context, stream eventstore.Stream) (eventstore.Commit, error) {
	c, err := through(s, Call{Op: Head, Kind: stream.Kind}, func() (eventstore.Commit, error) { return s.inner.Head(ctx, stream) })
	return s.read(c), err
}

// Ends is a read of the head to those who break it; where reads bring something else, it says no.
func (s *Store) Ends(ctx context.Context, stream eventstore.Stream, version uint64) (bool, error) {
	ends, err := through(s, Call{Op: Head, Kind: stream.Kind}, func() (bool, error) { return s.inner.Ends(ctx, stream, version) })
	return ends && s.now().Read == nil, err
}

func (s *Store) HeadLinearizable(ctx context.Context, stream eventstore.Stream) (eventstore.Commit, error) {
	c, err := through(s, Call{Op: ProvenHead, Kind: stream.Kind}, func() (eventstore.Commit, error) {
		return eventstore.Linearizable(s.inner).Head(ctx, stream)
	})
	return s.read(c), err
}

func (s *Store) ByCause(ctx context.Context, stream eventstore.Stream, cause eventstore.Cause) (eventstore.Commit, error) {
	return through(s, Call{Op: ByCause, Kind: stream.Kind}, func() (eventstore.Commit, error) {
		return s.inner.ByCause(ctx, stream, cause)
	})
}

func (s *Store) Replay(ctx context.Context, stream eventstore.Stream, from uint64) iter.Seq2[eventstore.Commit, error] {
	return func(yield func(eventstore.Commit, error) bool) {
		err := act(s, Call{Op: Replay, Kind: stream.Kind}, func() error { return nil })
		if err != nil {
			yield(eventstore.Commit{}, err)
			return
		}
		for c, err := range s.inner.Replay(ctx, stream, from) {
			if !yield(s.read(c), err) {
				return
			}
		}
	}
}
