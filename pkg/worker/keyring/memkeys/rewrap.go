package memkeys

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"countersign/pkg/worker/keyring"
)

func (s *Store) KeysUnder(_ context.Context, p keyring.Purpose, epoch int, after keyring.WrappedKey, limit int) ([]keyring.WrappedKey, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := s.under(p, epoch)
	rows = slices.DeleteFunc(rows, func(k keyring.WrappedKey) bool { return byPlace(k, after) <= 0 })
	return rows[:min(limit, len(rows))], nil
}

func (s *Store) CountUnder(_ context.Context, p keyring.Purpose, epoch int) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.under(p, epoch)), nil
}

func (s *Store) under(p keyring.Purpose, epoch int) []keyring.WrappedKey {
	var rows []keyring.WrappedKey
	for at, row := range s.keys {
		if at.purpose == p && row.Epoch < epoch {
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, byPlace)
	return rows
}

func byPlace(a, b keyring.WrappedKey) int {
	return cmp.Or(cmp.Compare(a.Platform, b.Platform), cmp.Compare(a.UserKey, b.UserKey), cmp.Compare(a.Ref.Number, b.Ref.Number))
}

func (s *Store) ReplaceKey(_ context.Context, p keyring.Purpose, old, next keyring.WrappedKey) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slot{p, old.Platform, old.UserKey, old.Ref.Number}
	there, ok := s.keys[at]
	if !ok || there.Ref != old.Ref || !bytes.Equal(there.Wrapped, old.Wrapped) {
		return false, nil
	}
	s.keys[at] = next
	return true, nil
}

func (s *Store) ReplaceEpoch(_ context.Context, old, next keyring.WrappedEpoch) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := epoch{old.Purpose, old.Number}
	there, ok := s.epochs[at]
	if !ok || !bytes.Equal(there.Wrapped, old.Wrapped) {
		return false, nil
	}
	s.epochs[at] = next
	return true, nil
}
