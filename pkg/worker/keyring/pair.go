package keyring

import (
	"context"
	"strconv"
	"time"

	"countersign/pkg/events/seal"
)

// pair is an opened key pair.
type pair struct {
	WrappedPair
	key seal.PrivateKey
}

func (s *KeySet) rotate(ctx context.Context, now time.Time) error {
	if err := s.rings.store.RemovePairs(ctx, now); err != nil {
		return err
	}
	rows, err := s.rings.store.Pairs(ctx)
	if err != nil {
		return err
	}
	number := 1
	if len(rows) > 0 {
		newest := rows[len(rows)-1]
		if now.Before(newest.Start.Add(pairRotation)) {
			return nil
		}
		number = newest.Number + 1
	}
	return s.add(ctx, number, now)
}

// add makes a pair. Where another process was faster, its pair stands.
func (s *KeySet) add(ctx context.Context, number int, now time.Time) error {
	key, err := seal.NewPrivateKey()
	if err != nil {
		return err
	}
	raw, err := key.Bytes()
	if err != nil {
		return err
	}
	epoch := s.epochs.current()
	start := now.UTC().Truncate(time.Millisecond)
	row := WrappedPair{Number: number, ID: newID(), Epoch: epoch.number, Start: start, End: start.Add(pairLife)}
	row.Wrapped = wrap(epoch.pair, pairAAD(row), raw)
	_, err = s.rings.store.AddPair(ctx, row)
	return err
}

func (s *KeySet) open(ctx context.Context, row WrappedPair) (*pair, error) {
	if p := s.find(row.ID); p != nil {
		return p, nil
	}
	epoch, err := s.epochs.get(ctx, row.Epoch)
	if err != nil {
		return nil, err
	}
	raw, err := unwrap(epoch.pair, pairAAD(row), row.Wrapped)
	if err != nil {
		return nil, err
	}
	key, err := seal.ParsePrivateKey(raw)
	return &pair{row, key}, err
}

func pairAAD(row WrappedPair) string {
	return parts("key pair", strconv.Itoa(row.Number), row.ID,
		strconv.FormatInt(row.Start.UnixMilli(), 10), strconv.FormatInt(row.End.UnixMilli(), 10))
}
