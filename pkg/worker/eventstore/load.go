package eventstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"countersign/pkg/events"
)

// A Fold says how a kind of stream becomes state.
type Fold[S any] struct {
	Kind   string
	Number int // of the state that Evolve makes; raised whenever the same events would make another state
	Reads  int // highest number whose state this release can go on from; 0 means Number
	// Decode reads an event as the stream keeps it; a type that it does not know is events.ErrUnknownType.
	Decode func(name string, data, record []byte) (events.Event, error)
	// Evolve is the state after e, which happened at at; it leaves its input as it was.
	Evolve func(s S, e events.Event, at time.Time) (S, error)
}

// Loaded is a stream as it is.
type Loaded[S any] struct {
	Stream  Stream
	State   S
	Version uint64    // of the last commit; 0: there is no stream
	At      time.Time // of the last commit
	Head    Commit    // the last commit
}

// Load brings a stream's state: that of its head where its fold number is f.Number to f.Reads, else folded anew from the first event.
// A stream without commits is Version 0, not an error. It fails with ErrNewerFold on a state above f.Reads, with *GapError on a missing
// version and with events.ErrUnknownType on an event that f cannot read: what cannot be understood whole is not decided on.
func Load[S any](ctx context.Context, r Reader, s Stream, f Fold[S]) (Loaded[S], error) {
	l, err := f.load(ctx, r, s)
	if err != nil {
		return Loaded[S]{}, fmt.Errorf("load stream %s: %w", s, err)
	}
	return l, nil
}

func (f Fold[S]) load(ctx context.Context, r Reader, s Stream) (Loaded[S], error) {
	if s.Kind != f.Kind {
		return Loaded[S]{}, fmt.Errorf("its kind is not %s", f.Kind)
	}
	head, err := r.Head(ctx, s)
	switch {
	case errors.Is(err, ErrNoStream):
		return Loaded[S]{Stream: s}, nil
	case err != nil:
		return Loaded[S]{}, err
	case head.Fold < f.Number || head.State == nil:
		return f.replay(ctx, r, s, head.Version)
	}
	return f.fromState(head)
}

func (f Fold[S]) fromState(head Commit) (Loaded[S], error) {
	l := Loaded[S]{Stream: head.Stream, Version: head.Version, At: head.At, Head: head}
	if err := f.readable(head); err != nil {
		return l, err
	}
	if err := json.Unmarshal(head.State, &l.State); err != nil {
		return l, fmt.Errorf("read state of version %d: %w", head.Version, err)
	}
	return l, nil
}

// replay folds the whole history, at least up to version atLeast.
func (f Fold[S]) replay(ctx context.Context, r Reader, s Stream, atLeast uint64) (Loaded[S], error) {
	l := Loaded[S]{Stream: s}
	for c, err := range r.Replay(ctx, s, 1) {
		if err != nil {
			return l, err
		}
		if err := f.readable(c); err != nil {
			return l, err
		}
		if l.State, err = f.After(l.State, c); err != nil {
			return l, err
		}
		l.Version, l.At, l.Head = c.Version, c.At, c
	}
	if l.Version < atLeast {
		return l, &GapError{Stream: s, Want: l.Version + 1}
	}
	return l, nil
}

func (f Fold[S]) readable(c Commit) error {
	if limit := max(f.Number, f.Reads); c.Fold > limit {
		return fmt.Errorf("%w: version %d has fold %d, this release reads up to %d", ErrNewerFold, c.Version, c.Fold, limit)
	}
	return nil
}

// After is the state after c's events; it leaves s as it was.
func (f Fold[S]) After(s S, c Commit) (S, error) {
	for _, stored := range c.Events {
		e, err := f.Decode(stored.Type, stored.Data, stored.Record)
		if err != nil {
			return s, fmt.Errorf("read %s of version %d: %w", stored.Type, c.Version, err)
		}
		if s, err = f.with(s, c, e); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (f Fold[S]) with(s S, c Commit, list ...events.Event) (S, error) {
	for _, e := range list {
		var err error
		if s, err = f.Evolve(s, e, c.At); err != nil {
			return s, fmt.Errorf("fold %s of version %d: %w", e.EventType(), c.Version, err)
		}
	}
	return s, nil
}

// Next makes c the commit that follows l: it sets Version, Fold and State, and moves At up to l.At where it is earlier. The state is folded
// from the events as they are stored, so that a replay makes the same. It fails with ErrOtherUser when the stream is another user's.
func Next[S any](l Loaded[S], f Fold[S], c Commit) (Commit, error) {
	next, err := Advance(l, f, c)
	return next.Head, err
}

// Advance is the stream as it is once that commit is appended, which is its Head. decided are c's events as Decode would give them, for whoever has
// them: without them they are decoded.
func Advance[S any](l Loaded[S], f Fold[S], c Commit, decided ...events.Event) (Loaded[S], error) {
	if err := f.follows(l, c); err != nil {
		return Loaded[S]{}, fmt.Errorf("add to stream %s: %w", c.Stream, err)
	}
	c.Version, c.Fold, c.At = l.Version+1, f.Number, c.At.UTC()
	if c.At.Before(l.At) {
		c.At = l.At
	}
	state, err := f.advanced(l.State, c, decided)
	if err == nil {
		c.State, err = json.Marshal(state)
	}
	if err != nil {
		return Loaded[S]{}, fmt.Errorf("add to stream %s: %w", c.Stream, err)
	}
	return Loaded[S]{Stream: c.Stream, State: state, Version: c.Version, At: c.At, Head: c}, nil
}

func (f Fold[S]) advanced(s S, c Commit, decided []events.Event) (S, error) {
	if len(decided) == 0 {
		return f.After(s, c)
	}
	return f.with(s, c, decided...)
}

func (f Fold[S]) follows(l Loaded[S], c Commit) error {
	switch {
	case c.Stream.Kind != f.Kind:
		return fmt.Errorf("its kind is not %s", f.Kind)
	case l.Version > 0 && l.Head.Stream != c.Stream:
		return fmt.Errorf("loaded was %s", l.Head.Stream)
	case l.Version > 0 && l.Head.User != c.User:
		return ErrOtherUser
	}
	return nil
}
