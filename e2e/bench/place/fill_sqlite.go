package place

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/sqlitestore"
)

func storeFile(s Spec) string { return filepath.Join(s.At, "store.db") }

const (
	insertKept = `INSERT INTO commits
		(id, kind, stream, version, cause, digest, at, policy, user, fold, events, timers) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`
	insertRefs  = `INSERT INTO refs (stream, key, id) VALUES (?,?,?), (?,?,?)`
	insertState = `INSERT INTO states (id, state) VALUES (?,?)`
	insertMark  = `INSERT INTO marks (id, kind, at, bus_sequence) VALUES (?,?,?,?)`
)

// intoTable keeps no journal: a file that was not filled to its end is of no use. The refs, which grow in the order of hashes, are held in memory.
func intoTable(ctx context.Context, path string, commits iter.Seq2[Kept, error]) (err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=locking_mode(EXCLUSIVE)&_pragma=journal_mode(OFF)&_pragma=synchronous(OFF)&_pragma=cache_size(-1048576)")
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	group, under := errgroup.WithContext(ctx)
	batches := make(chan []Kept, 8)
	group.Go(func() error { return inBatches(under, commits, batches) })
	group.Go(func() error { return writeAll(under, db, batches) })
	return group.Wait()
}

// inBatches makes commits on a core of its own.
func inBatches(ctx context.Context, commits iter.Seq2[Kept, error], to chan<- []Kept) error {
	defer close(to)
	var batch []Kept
	pass := func() error {
		select {
		case to <- batch:
			batch = nil
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for c, err := range commits {
		if err != nil {
			return err
		}
		if batch = append(batch, c); len(batch) == bulk {
			if err := pass(); err != nil {
				return err
			}
		}
	}
	return pass()
}

// writeAll writes them in one transaction, of which nothing is kept for taking it back.
func writeAll(ctx context.Context, db *sql.DB, batches <-chan []Kept) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	w := writer{}
	for text, to := range map[string]**sql.Stmt{insertKept: &w.commit, insertRefs: &w.refs, insertState: &w.state, insertMark: &w.mark} {
		if *to, err = tx.Prepare(text); err != nil {
			return err
		}
	}
	for batch := range batches {
		for _, c := range batch {
			if err := w.keep(c); err != nil {
				return err
			}
		}
	}
	return errors.Join(ctx.Err(), tx.Commit())
}

// A writer has no context: the driver starts a goroutine for each statement that could be cancelled.
type writer struct {
	last                      int64 // id of a commit
	commit, refs, state, mark *sql.Stmt
}

func (w *writer) keep(c Kept) error {
	kept, err := plain(c.Events)
	if err != nil {
		return err
	}
	timers, err := plain(c.Timers)
	if err != nil {
		return err
	}
	w.last++
	_, err = w.commit.Exec(w.last, c.Stream.Kind, c.Stream.String(), int64(c.Version), c.Cause.Key(), c.Digest, c.At.UnixNano(), c.Policy, c.User, c.Fold,
		kept, timers)
	if err != nil {
		return err
	}
	return w.lead(c)
}

// lead writes what lies beside a commit.
func (w *writer) lead(c Kept) error {
	stream := sqlitestore.StreamKey(c.Stream)
	if _, err := w.refs.Exec(stream, int64(c.Version), w.last, stream, sqlitestore.CauseKey(c.Cause), w.last); err != nil {
		return err
	}
	if _, err := w.mark.Exec(w.last, c.Stream.Kind, c.At.UnixNano(), int64(c.BusSequence)); err != nil || c.Followed {
		return err
	}
	_, err := w.state.Exec(w.last, string(c.State))
	return err
}

// plain is JSON with nothing escaped for HTML.
func plain(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), err
}

// later is the commits behind a version.
const later = `(SELECT id FROM refs WHERE stream = ?1 AND key > ?2 AND key < x'')`

// Ids grow with versions, so that refs of causes are told by them.
var rewinding = []string{
	`DELETE FROM commits WHERE id IN ` + later,
	`DELETE FROM states WHERE id IN ` + later,
	`DELETE FROM marks WHERE id IN ` + later,
	`DELETE FROM due WHERE id IN ` + later,
	`DELETE FROM refs WHERE stream = ?1 AND id > (SELECT id FROM refs WHERE stream = ?1 AND key = ?2)`,
}

// restoring takes the stream, the version and what is kept of it.
var restoring = []string{
	`INSERT OR REPLACE INTO states (id, state) SELECT id, ?3 FROM refs WHERE stream = ?1 AND key = ?2`,
	`UPDATE marks SET bus_sequence = ?3 WHERE id = (SELECT id FROM refs WHERE stream = ?1 AND key = ?2)`,
}

func rewindFile(ctx context.Context, path string, heads []eventstore.Commit) (err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	for _, c := range heads {
		if err := rewind(ctx, tx, c); err != nil {
			return fmt.Errorf("rewind %s: %w", c.Stream, err)
		}
	}
	return tx.Commit()
}

func rewind(ctx context.Context, tx *sql.Tx, head eventstore.Commit) error {
	stream, version := sqlitestore.StreamKey(head.Stream), int64(head.Version)
	for _, text := range rewinding {
		if _, err := tx.ExecContext(ctx, text, stream, version); err != nil {
			return err
		}
	}
	for i, kept := range []any{string(head.State), int64(head.BusSequence)} {
		if _, err := tx.ExecContext(ctx, restoring[i], stream, version, kept); err != nil {
			return err
		}
	}
	return nil
}
