package naive

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"countersign/e2e/bench/place"
)

// sqlite has the settings of our store: what is appended survives a crash of the machine.
type sqlite struct {
	writer, reader *sql.DB
	insert, query  *sql.Stmt
}

const readers = 4

const schema = `CREATE TABLE IF NOT EXISTS events (
	stream TEXT, version INTEGER, type TEXT, data TEXT, PRIMARY KEY (stream, version)) STRICT, WITHOUT ROWID`

func openSQLite(ctx context.Context, at place.Spec) (*sqlite, error) {
	path := "file:" + filepath.Join(at.At, "naive.db") + "?_pragma=busy_timeout(10000)"
	writer, err := sql.Open("sqlite", path+"&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	writer.SetMaxOpenConns(1)
	if _, err := writer.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(err, writer.Close())
	}
	s := &sqlite{writer: writer}
	if s.reader, err = sql.Open("sqlite", path); err == nil {
		s.reader.SetMaxOpenConns(readers)
		s.reader.SetMaxIdleConns(readers)
		s.query, err = s.reader.PrepareContext(ctx, "SELECT version, type, data FROM events WHERE stream = ? ORDER BY version")
	}
	if err == nil {
		s.insert, err = writer.PrepareContext(ctx, "INSERT INTO events (stream, version, type, data) VALUES (?,?,?,?)")
	}
	return s, err
}

func (s *sqlite) load(ctx context.Context, stream string) (history []event, err error) {
	rows, err := s.query.QueryContext(ctx, stream)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		e := event{Stream: stream}
		if err := rows.Scan(&e.Version, &e.Type, &e.Data); err != nil {
			return nil, err
		}
		history = append(history, e)
	}
	return history, rows.Err()
}

func (s *sqlite) append(ctx context.Context, e event) error {
	_, err := s.insert.ExecContext(ctx, e.Stream, e.Version, e.Type, string(e.Data))
	return err
}

func (s *sqlite) appendAll(ctx context.Context, all []event) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	insert := tx.StmtContext(ctx, s.insert)
	for _, e := range all {
		if _, err := insert.ExecContext(ctx, e.Stream, e.Version, e.Type, string(e.Data)); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (s *sqlite) close() error { return errors.Join(s.reader.Close(), s.writer.Close()) }
