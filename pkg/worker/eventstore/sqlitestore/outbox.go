package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"countersign/pkg/worker/eventstore"
)

const (
	selectDue = `SELECT stream, version, timer, type, at, data FROM due WHERE kind = ? AND at < ? ORDER BY at LIMIT ?`
	// A name begins with platform and kind: the key's order serves.
	selectWaiting = `SELECT DISTINCT stream FROM due WHERE kind = ? AND stream > ? AND stream < ? ORDER BY stream LIMIT ?`
	dropTimer     = `DELETE FROM due WHERE id = (SELECT id FROM refs WHERE stream = ? AND key = ?) AND timer = ?`
)

// Pending is what is not marked published, oldest first.
func (s *Store) Pending(ctx context.Context, kind string, before time.Time, limit int) ([]eventstore.Commit, error) {
	found, err := s.commits(ctx, pending, kind, before.UnixNano(), limit)
	return found, wrap("list pending of "+kind, err)
}

// PublishedAbove is what was published under a higher BusSequence, lowest first.
func (s *Store) PublishedAbove(ctx context.Context, kind string, sequence uint64, limit int) ([]eventstore.Commit, error) {
	found, err := s.commits(ctx, above, kind, int64(sequence), limit)
	return found, wrap("list published of "+kind, err)
}

// Due is the timers that are not marked fired, oldest first.
func (s *Store) Due(ctx context.Context, kind string, before time.Time, limit int) ([]eventstore.DueTimer, error) {
	found, err := list(ctx, s.text(selectDue), scanDue, kind, before.UnixNano(), limit)
	return found, wrap("list due timers of "+kind, err)
}

func scanDue(rows *sql.Rows) (d eventstore.DueTimer, err error) {
	var stream string
	var version, at int64
	var data []byte
	if err = rows.Scan(&stream, &version, &d.Timer.ID, &d.Timer.Type, &at, &data); err != nil {
		return d, err
	}
	d.Version, d.Timer.At, d.Timer.Data = uint64(version), instant(at), data
	d.Stream, err = eventstore.ParseStream(stream)
	return d, err
}

// Waiting is the streams of a platform with a timer that is not marked fired.
func (s *Store) Waiting(ctx context.Context, kind, platform, after string, limit int) ([]eventstore.Stream, error) {
	first, behind := platform+"/"+kind+"/", platform+"/"+kind+"0" // the character after the slash
	found, err := list(ctx, s.text(selectWaiting), scanStream, kind, max(after, first), behind, limit)
	return found, wrap("list waiting "+kind, err)
}

func scanStream(rows *sql.Rows) (eventstore.Stream, error) {
	var text string
	if err := rows.Scan(&text); err != nil {
		return eventstore.Stream{}, err
	}
	return eventstore.ParseStream(text)
}

// MarkFired notes that timers have had their effect.
func (s *Store) MarkFired(ctx context.Context, fired []eventstore.Fired) error {
	return s.mark(ctx, "mark fired", func(ctx context.Context, tx *sql.Tx) error {
		drop := tx.StmtContext(ctx, s.prepared.dropTimer)
		for _, f := range fired {
			if _, err := drop.ExecContext(ctx, StreamKey(f.Stream), int64(f.Version), f.TimerID); err != nil {
				return err
			}
		}
		return nil
	})
}

// bulk does writes in one transaction.
func (s *Store) bulk(ctx context.Context, what string, do func(context.Context, *sql.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	return wrap(what, s.write(ctx, do))
}

// mark is bulk for what is done once more, without harm, where it is forgotten.
func (s *Store) mark(ctx context.Context, what string, do func(context.Context, *sql.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	return wrap(what, s.writeLoosely(ctx, do))
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// PutPolicy keeps a policy's document by its hash.
func (s *Store) PutPolicy(ctx context.Context, hash string, document []byte) error {
	if len(document) > eventstore.MaxCommit {
		return fmt.Errorf("keep policy %s: %w", hash, eventstore.ErrTooLarge)
	}
	return s.bulk(ctx, "keep policy", func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO policies (hash, document) VALUES (?, ?) ON CONFLICT DO NOTHING`, hash, document)
		return err
	})
}

// Policy is the document that PutPolicy kept.
func (s *Store) Policy(ctx context.Context, hash string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	var document []byte
	err := s.reader.QueryRowContext(ctx, `SELECT document FROM policies WHERE hash = ?`, hash).Scan(&document)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, eventstore.ErrNoPolicy
	case err != nil:
		return nil, fmt.Errorf("read policy %s: %w", hash, err)
	}
	return document, nil
}
