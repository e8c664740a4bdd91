package memstore

import (
	"bytes"
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"countersign/pkg/worker/eventstore"
)

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

func (s *Store) Due(ctx context.Context, kind string, before time.Time, limit int) ([]eventstore.DueTimer, error) {
	defer s.lock()()
	due := slices.SortedFunc(maps.Values(s.disk.due), func(a, b eventstore.DueTimer) int { return a.Timer.At.Compare(b.Timer.At) })
	due = slices.DeleteFunc(due, func(d eventstore.DueTimer) bool { return d.Stream.Kind != kind || !d.Timer.At.Before(before) })
	return due[:min(limit, len(due))], ctx.Err()
}

func (s *Store) Waiting(ctx context.Context, kind, platform, after string, limit int) ([]eventstore.Stream, error) {
	defer s.lock()()
	var waiting []eventstore.Stream
	for due := range s.disk.due {
		if due.Stream.Kind == kind && due.Stream.Platform == platform && due.Stream.String() > after {
			waiting = append(waiting, due.Stream)
		}
	}
	slices.SortFunc(waiting, func(a, b eventstore.Stream) int { return cmp.Compare(a.String(), b.String()) })
	waiting = slices.Compact(waiting)
	return waiting[:min(limit, len(waiting))], ctx.Err()
}

func (s *Store) MarkFired(ctx context.Context, fired []eventstore.Fired) error {
	defer s.lock()()
	for _, f := range fired {
		delete(s.disk.due, f)
	}
	return ctx.Err()
}

func (s *Store) PutPolicy(ctx context.Context, hash string, document []byte) error {
	defer s.lock()()
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
