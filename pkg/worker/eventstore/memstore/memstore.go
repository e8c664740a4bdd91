// Package memstore is a store for tests of deciders: it forgets everything with the process, and passes the same conformance suite as the
// stores that do not.
package memstore

import (
	"bytes"
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/group"
)

// A Disk holds what outlives a Store. The zero Disk is empty.
type Disk struct {
	mu       sync.Mutex
	streams  map[eventstore.Stream]*history
	policies map[string][]byte
}

type history struct {
	commits map[uint64]eventstore.Commit
	causes  map[eventstore.Cause]uint64
	fired   map[eventstore.Fired]bool
}

// A Store is an eventstore.Store in memory.
type Store struct {
	disk  *Disk
	group *group.Group
}

// New makes an empty store.
func New() *Store { return Open(&Disk{}, nil) }

// Open makes a store of what is on d; before sees every batch before it is written, and may be nil.
func Open(d *Disk, before func([]eventstore.Commit)) *Store {
	s := &Store{disk: d}
	s.group = group.New(group.Config{Before: before, Insert: func(_ context.Context, batch []eventstore.Commit) []error {
		return d.Insert(batch)
	}})
	return s
}

// Insert writes commits as they are and returns a result for each.
func (d *Disk) Insert(batch []eventstore.Commit) []error {
	d.mu.Lock()
	defer d.mu.Unlock()
	results := make([]error, len(batch))
	for i, c := range batch {
		results[i] = d.insert(c)
	}
	return results
}

func (d *Disk) insert(c eventstore.Commit) error {
	h := d.history(c.Stream)
	if _, ok := h.commits[c.Version]; ok {
		return eventstore.ErrConflict
	}
	if _, ok := h.causes[c.Cause]; ok {
		return eventstore.ErrCauseSeen
	}
	c.Published, c.BusSequence = false, 0
	h.commits[c.Version], h.causes[c.Cause] = c, c.Version
	return nil
}

// history is the stream's, an empty one of its own making where there is none.
func (d *Disk) history(s eventstore.Stream) *history {
	if d.streams == nil {
		d.streams = map[eventstore.Stream]*history{}
	}
	h, ok := d.streams[s]
	if !ok {
		h = &history{map[uint64]eventstore.Commit{}, map[eventstore.Cause]uint64{}, map[eventstore.Fired]bool{}}
		d.streams[s] = h
	}
	return h
}

func (s *Store) Append(ctx context.Context, c eventstore.Commit) error { return s.group.Append(ctx, c) }

func (s *Store) Close() error { s.group.Close(); return nil }

func (s *Store) Head(ctx context.Context, stream eventstore.Stream) (eventstore.Commit, error) {
	defer s.lock()()
	commits := s.disk.history(stream).commits
	if len(commits) == 0 {
		return eventstore.Commit{}, cmp.Or(ctx.Err(), eventstore.ErrNoStream)
	}
	head := slices.Max(slices.Collect(maps.Keys(commits)))
	if _, ok := commits[head-1]; !ok && head > 1 {
		return eventstore.Commit{}, &eventstore.GapError{Stream: stream, Want: head - 1, Found: head}
	}
	return commits[head], ctx.Err()
}

func (s *Store) ByCause(ctx context.Context, stream eventstore.Stream, cause eventstore.Cause) (eventstore.Commit, error) {
	defer s.lock()()
	h := s.disk.history(stream)
	if version, ok := h.causes[cause]; ok {
		return h.commits[version], ctx.Err()
	}
	return eventstore.Commit{}, cmp.Or(ctx.Err(), eventstore.ErrNoCommit)
}

func (s *Store) Replay(ctx context.Context, stream eventstore.Stream, from uint64) iter.Seq2[eventstore.Commit, error] {
	return eventstore.InOrder(stream, from, func(yield func(eventstore.Commit, error) bool) {
		for _, c := range s.inOrder(stream, from) {
			if !yield(c, ctx.Err()) {
				return
			}
		}
	})
}

func (s *Store) inOrder(stream eventstore.Stream, from uint64) []eventstore.Commit {
	defer s.lock()()
	commits := slices.Collect(maps.Values(s.disk.history(stream).commits))
	commits = slices.DeleteFunc(commits, func(c eventstore.Commit) bool { return c.Version < from })
	slices.SortFunc(commits, func(a, b eventstore.Commit) int { return cmp.Compare(a.Version, b.Version) })
	return commits
}

func (s *Store) Pending(ctx context.Context, kind string, before time.Time, limit int) ([]eventstore.Commit, error) {
	pending := s.all(kind, func(c eventstore.Commit) bool { return !c.Published && c.At.Before(before) })
	slices.SortFunc(pending, func(a, b eventstore.Commit) int { return a.At.Compare(b.At) })
	return pending[:min(limit, len(pending))], ctx.Err()
}

func (s *Store) PublishedAbove(ctx context.Context, kind string, sequence uint64, limit int) ([]eventstore.Commit, error) {
	above := s.all(kind, func(c eventstore.Commit) bool { return c.Published && c.BusSequence > sequence })
	slices.SortFunc(above, func(a, b eventstore.Commit) int { return cmp.Compare(a.BusSequence, b.BusSequence) })
	return above[:min(limit, len(above))], ctx.Err()
}

func (s *Store) all(kind string, wanted func(eventstore.Commit) bool) (out []eventstore.Commit) {
	defer s.lock()()
	for stream, h := range s.disk.streams {
		for _, c := range h.commits {
			if stream.Kind == kind && wanted(c) {
				out = append(out, c)
			}
		}
	}
	return out
}

func (s *Store) MarkPublished(ctx context.Context, marks []eventstore.Mark) error {
	defer s.lock()()
	for _, m := range marks {
		commits := s.disk.history(m.Stream).commits
		if c, ok := commits[m.Version]; ok {
			c.Published, c.BusSequence = true, m.BusSequence
			commits[m.Version] = c
		}
		if c, ok := commits[m.Version-1]; ok {
			c.State = nil
			commits[m.Version-1] = c
		}
	}
	return ctx.Err()
}

func (s *Store) Due(ctx context.Context, kind string, before time.Time, limit int) (due []eventstore.DueTimer, _ error) {
	for _, c := range s.all(kind, func(c eventstore.Commit) bool { return len(c.Timers) > 0 }) {
		for _, t := range c.Timers {
			if t.At.Before(before) && !s.fired(eventstore.Fired{Stream: c.Stream, Version: c.Version, TimerID: t.ID}) {
				due = append(due, eventstore.DueTimer{Stream: c.Stream, Version: c.Version, Timer: t})
			}
		}
	}
	slices.SortFunc(due, func(a, b eventstore.DueTimer) int { return a.Timer.At.Compare(b.Timer.At) })
	return due[:min(limit, len(due))], ctx.Err()
}

func (s *Store) fired(f eventstore.Fired) bool {
	defer s.lock()()
	return s.disk.history(f.Stream).fired[f]
}

func (s *Store) MarkFired(ctx context.Context, fired []eventstore.Fired) error {
	defer s.lock()()
	for _, f := range fired {
		s.disk.history(f.Stream).fired[f] = true
	}
	return ctx.Err()
}

func (s *Store) PutPolicy(ctx context.Context, hash string, document []byte) error {
	defer s.lock()()
	if s.disk.policies == nil {
		s.disk.policies = map[string][]byte{}
	}
	if _, ok := s.disk.policies[hash]; !ok {
		s.disk.policies[hash] = bytes.Clone(document)
	}
	return ctx.Err()
}

func (s *Store) Policy(ctx context.Context, hash string) ([]byte, error) {
	defer s.lock()()
	if document, ok := s.disk.policies[hash]; ok {
		return bytes.Clone(document), ctx.Err()
	}
	return nil, cmp.Or(ctx.Err(), eventstore.ErrNoPolicy)
}

func (s *Store) lock() (unlock func()) {
	s.disk.mu.Lock()
	return s.disk.mu.Unlock
}
