// Package memkeys is a keyring store in memory, for tests of what stands on keyrings. It keeps nothing and is not a home
// for keys.
package memkeys

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"countersign/pkg/worker/keyring"
)

// Store is a keyring.Store. The zero value is ready.
type Store struct {
	mu     sync.Mutex
	keys   map[slot]keyring.WrappedKey
	epochs map[epoch]keyring.WrappedEpoch
	pairs  map[int]keyring.WrappedPair
}

type slot struct {
	purpose           keyring.Purpose
	platform, userkey string
	number            int
}

type epoch struct {
	purpose keyring.Purpose
	number  int
}

var _ keyring.Store = (*Store)(nil)

// addTo is insert-if-absent.
func addTo[K comparable, V any](rows *map[K]V, at K, row V) V {
	if *rows == nil {
		*rows = map[K]V{}
	}
	if there, ok := (*rows)[at]; ok {
		return there
	}
	(*rows)[at] = row
	return row
}

func (s *Store) AddKey(_ context.Context, p keyring.Purpose, row keyring.WrappedKey) (keyring.WrappedKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return addTo(&s.keys, slot{p, row.Platform, row.UserKey, row.Ref.Number}, row), nil
}

func (s *Store) Key(_ context.Context, p keyring.Purpose, platform, userkey string, ref keyring.Ref) (keyring.WrappedKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	row, ok := s.keys[slot{p, platform, userkey, ref.Number}]
	if !ok || row.Ref != ref {
		return keyring.WrappedKey{}, keyring.ErrNoKeyring
	}
	return row, nil
}

func (s *Store) NewestKey(_ context.Context, p keyring.Purpose, platform, userkey string) (keyring.WrappedKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	newest := keyring.WrappedKey{}
	for at, row := range s.keys {
		if at.purpose == p && at.platform == platform && at.userkey == userkey && at.number > newest.Ref.Number {
			newest = row
		}
	}
	if newest.Ref.Number == 0 {
		return newest, keyring.ErrNoKeyring
	}
	return newest, nil
}

func (s *Store) RemoveKey(_ context.Context, p keyring.Purpose, row keyring.WrappedKey) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slot{p, row.Platform, row.UserKey, row.Ref.Number}
	if s.keys[at].Ref == row.Ref {
		delete(s.keys, at)
	}
	return nil
}

func (s *Store) RemoveUser(_ context.Context, platform, userkey string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.keys, func(at slot, _ keyring.WrappedKey) bool {
		return at.platform == platform && at.userkey == userkey
	})
	return nil
}

func (s *Store) AddEpoch(_ context.Context, row keyring.WrappedEpoch) (keyring.WrappedEpoch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return addTo(&s.epochs, epoch{row.Purpose, row.Number}, row), nil
}

func (s *Store) Epochs(_ context.Context, p keyring.Purpose) ([]keyring.WrappedEpoch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := slices.Collect(maps.Values(s.epochs))
	rows = slices.DeleteFunc(rows, func(e keyring.WrappedEpoch) bool { return e.Purpose != p })
	slices.SortFunc(rows, func(a, b keyring.WrappedEpoch) int { return cmp.Compare(a.Number, b.Number) })
	return rows, nil
}

func (s *Store) AddPair(_ context.Context, row keyring.WrappedPair) (keyring.WrappedPair, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return addTo(&s.pairs, row.Number, row), nil
}

func (s *Store) Pairs(context.Context) ([]keyring.WrappedPair, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := slices.Collect(maps.Values(s.pairs))
	slices.SortFunc(rows, func(a, b keyring.WrappedPair) int { return cmp.Compare(a.Number, b.Number) })
	return rows, nil
}

func (s *Store) RemovePairs(_ context.Context, until time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.pairs, func(_ int, row keyring.WrappedPair) bool { return !row.End.After(until) })
	return nil
}

func (s *Store) Close() error { return nil }
