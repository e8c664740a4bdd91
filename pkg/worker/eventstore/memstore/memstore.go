// Package memstore is a store for tests of deciders: it forgets everything with the process, and passes the same conformance suite as the
// stores that do not.
package memstore

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"sync"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/group"
)

// A Disk holds what outlives a Store.
type Disk struct {
	mu       sync.Mutex
	streams  map[eventstore.Stream]*history
	due      map[eventstore.Fired]eventstore.DueTimer
	policies map[string][]byte
}

type history struct {
	commits map[uint64]eventstore.Commit
	causes  map[eventstore.Cause]uint64
}

// A Store is an eventstore.Store in memory, and a Whole one.
type Store struct {
	disk  *Disk
	group *group.Group
}

// NewDisk makes an empty disk.
func NewDisk() *Disk {
	return &Disk{streams: map[eventstore.Stream]*history{}, due: map[eventstore.Fired]eventstore.DueTimer{}, policies: map[string][]byte{}}
}

// New makes an empty store.
func New() *Store { return Open(NewDisk(), nil) }

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
	for _, t := range c.Timers {
		d.due[eventstore.Fired{Stream: c.Stream, Version: c.Version, TimerID: t.ID}] = eventstore.DueTimer{Stream: c.Stream, Version: c.Version, Timer: t}
	}
	return nil
}

// history is the stream's, an empty one of its own making where there is none.
func (d *Disk) history(s eventstore.Stream) *history {
	h, ok := d.streams[s]
	if !ok {
		h = &history{map[uint64]eventstore.Commit{}, map[eventstore.Cause]uint64{}}
		d.streams[s] = h
	}
	return h
}

func (s *Store) Append(ctx context.Context, c eventstore.Commit) error { return s.group.Append(ctx, c) }

func (s *Store) Close() error { s.group.Close(); return nil }

func (s *Store) Head(ctx context.Context, stream eventstore.Stream) (eventstore.Commit, error) {
	defer s.lock()()
	commits := slices.SortedFunc(maps.Values(s.disk.history(stream).commits), byVersion)
	last := commits[max(0, len(commits)-2):]
	slices.Reverse(last)
	head, err := eventstore.Last(stream, last)
	return head, cmp.Or(ctx.Err(), err)
}

func (s *Store) Ends(ctx context.Context, stream eventstore.Stream, version uint64) (bool, error) {
	defer s.lock()()
	last := uint64(0)
	for v := range s.disk.history(stream).commits {
		last = max(last, v)
	}
	return last == version, ctx.Err()
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
	commits := slices.SortedFunc(maps.Values(s.disk.history(stream).commits), byVersion)
	return slices.DeleteFunc(commits, func(c eventstore.Commit) bool { return c.Version < from })
}

func (s *Store) All(ctx context.Context, kind string) iter.Seq2[eventstore.Commit, error] {
	return func(yield func(eventstore.Commit, error) bool) {
		for _, stream := range s.streams(kind) {
			for _, c := range s.inOrder(stream, 1) {
				if !yield(c, ctx.Err()) {
					return
				}
			}
		}
	}
}

func (s *Store) streams(kind string) []eventstore.Stream {
	defer s.lock()()
	all := slices.Collect(maps.Keys(s.disk.streams))
	return slices.DeleteFunc(all, func(one eventstore.Stream) bool { return one.Kind != kind })
}

func byVersion(a, b eventstore.Commit) int { return cmp.Compare(a.Version, b.Version) }

func (s *Store) lock() (unlock func()) {
	s.disk.mu.Lock()
	return s.disk.mu.Unlock
}
