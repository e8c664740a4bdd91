package sqlitestore

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"

	"countersign/pkg/worker/eventstore"
)

const (
	selectIDOf = `SELECT id FROM refs WHERE stream = ? AND key = ?`
	markRun    = `UPDATE marks SET bus_sequence = ? WHERE id BETWEEN ? AND ?`
)

// MarkPublished notes that commits are published. It does so in portions: an append that comes meanwhile waits for one of them only.
func (s *Store) MarkPublished(ctx context.Context, marks []eventstore.Mark) error {
	runs, err := s.runsOf(ctx, marks)
	if err != nil {
		return wrap("mark published", err)
	}
	for portion := range slices.Chunk(runs, max(leastPortion, len(runs)/8)) {
		if err := s.mark(ctx, "mark published", s.markAll(portion)); err != nil {
			return err
		}
	}
	return nil
}

// leastPortion takes about as long as the commit of an append.
const leastPortion = 16

func (s *Store) markAll(runs []run) func(context.Context, *sql.Tx) error {
	return func(ctx context.Context, tx *sql.Tx) error {
		mark := tx.StmtContext(ctx, s.prepared.markRun)
		for _, r := range runs {
			if _, err := mark.ExecContext(ctx, r.sequence, r.first, r.last); err != nil {
				return err
			}
		}
		return nil
	}
}

// A run is commits that were appended one after the other and are marked alike: all of a batch, as a rule.
type run struct{ first, last, sequence int64 }

// runsOf takes the later of two marks of one commit, and leaves out commits that are not there.
func (s *Store) runsOf(ctx context.Context, marks []eventstore.Mark) ([]run, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	single := make([]run, 0, len(marks))
	for _, m := range marks {
		switch id, err := s.idOf(ctx, m); {
		case errors.Is(err, sql.ErrNoRows):
		case err != nil:
			return nil, err
		default:
			single = append(single, run{id, id, int64(m.BusSequence)})
		}
	}
	return joined(single), nil
}

// joined keeps the order of marks of one commit.
func joined(single []run) (runs []run) {
	slices.SortStableFunc(single, func(a, b run) int { return cmp.Compare(a.first, b.first) })
	for _, r := range single {
		if end := len(runs) - 1; end >= 0 && runs[end].last+1 == r.first && runs[end].sequence == r.sequence {
			runs[end].last = r.first
			continue
		}
		runs = append(runs, r)
	}
	return runs
}

func (s *Store) idOf(ctx context.Context, m eventstore.Mark) (id int64, err error) {
	key := StreamKey(m.Stream)
	if id, ok := s.recent.take(nameOf(key, m.Version)); ok {
		return id, nil
	}
	err = s.prepared.idOf.QueryRowContext(ctx, key, int64(m.Version)).Scan(&id)
	return id, err
}
