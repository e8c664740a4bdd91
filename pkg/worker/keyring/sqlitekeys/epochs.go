package sqlitekeys

import (
	"context"
	"database/sql"
	"time"

	"countersign/pkg/worker/keyring"
)

func (s *Store) AddEpoch(ctx context.Context, e keyring.WrappedEpoch) (keyring.WrappedEpoch, error) {
	err := s.db.QueryRowContext(ctx,
		`INSERT INTO epochs (purpose, number, wrapped) VALUES (?,?,?)
		ON CONFLICT (purpose, number) DO UPDATE SET number = number RETURNING wrapped`,
		e.Purpose, e.Number, e.Wrapped).Scan(&e.Wrapped)
	return e, wrapped("add epoch key", err)
}

func (s *Store) Epochs(ctx context.Context, p keyring.Purpose) ([]keyring.WrappedEpoch, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT purpose, number, wrapped FROM epochs WHERE purpose = ? ORDER BY number`, p)
	if err != nil {
		return nil, wrapped("read epoch keys", err)
	}
	return collect(rows, func(e *keyring.WrappedEpoch) []any { return []any{&e.Purpose, &e.Number, &e.Wrapped} })
}

func (s *Store) AddPair(ctx context.Context, p keyring.WrappedPair) (keyring.WrappedPair, error) {
	rows, err := s.db.QueryContext(ctx,
		`INSERT INTO pairs (number, id, epoch, wrapped, start, "end") VALUES (?,?,?,?,?,?)
		ON CONFLICT (number) DO UPDATE SET number = number RETURNING number, id, epoch, wrapped, start, "end"`,
		p.Number, p.ID, p.Epoch, p.Wrapped, p.Start.UnixMilli(), p.End.UnixMilli())
	if err != nil {
		return p, wrapped("add key pair", err)
	}
	got, err := collect(rows, pairColumns)
	if err != nil {
		return p, wrapped("add key pair", err)
	}
	return got[0].pair(), nil
}

func (s *Store) Pairs(ctx context.Context) ([]keyring.WrappedPair, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT number, id, epoch, wrapped, start, "end" FROM pairs ORDER BY number`)
	if err != nil {
		return nil, wrapped("read key pairs", err)
	}
	got, err := collect(rows, pairColumns)
	pairs := make([]keyring.WrappedPair, 0, len(got))
	for _, r := range got {
		pairs = append(pairs, r.pair())
	}
	return pairs, wrapped("read key pairs", err)
}

// RemovePairs empties the log as well: with the private key goes what was sealed to it.
func (s *Store) RemovePairs(ctx context.Context, until time.Time) error {
	result, err := s.db.ExecContext(ctx, `DELETE FROM pairs WHERE "end" <= ?`, until.UnixMilli())
	if err != nil {
		return wrapped("remove key pairs", err)
	}
	if n, err := result.RowsAffected(); err == nil && n == 0 {
		return nil
	}
	return wrapped("remove key pairs", s.checkpoint(ctx))
}

// pairRow is a pair with its times in milliseconds.
type pairRow struct {
	keyring.WrappedPair
	start, end int64
}

func pairColumns(r *pairRow) []any {
	return []any{&r.Number, &r.ID, &r.Epoch, &r.Wrapped, &r.start, &r.end}
}

func (r pairRow) pair() keyring.WrappedPair {
	r.Start, r.End = time.UnixMilli(r.start).UTC(), time.UnixMilli(r.end).UTC()
	return r.WrappedPair
}

func collect[T any](rows *sql.Rows, columns func(*T) []any) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		var one T
		if err := rows.Scan(columns(&one)...); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
