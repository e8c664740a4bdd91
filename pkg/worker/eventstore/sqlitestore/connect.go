package sqlitestore

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

const readers = 4

//go:embed schema.sql
var schema string

// schemaVersion is what user_version says of a file that schema.sql made.
const schemaVersion = 1

// create makes the file, so that it is its owner's alone: SQLite gives the log files the same rights.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func (s *Store) connect(ctx context.Context, path string) (err error) {
	const durable = "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(ON)&_txlock=immediate" +
		"&_pragma=cache_size(-16384)&_pragma=wal_autocheckpoint(8000)" // 16 MiB and 32 MiB: pages are written to the file once, not again and again
	if s.writer, err = pool(path, durable, 1); err != nil {
		return err
	}
	if s.reader, err = pool(path, "_pragma=query_only(ON)", readers); err != nil {
		return err
	}
	if err = s.migrate(ctx); err != nil {
		return err
	}
	return s.prepare(ctx)
}

func pool(path, options string, size int) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	name := url.URL{Scheme: "file", Path: absolute, RawQuery: "_busy_timeout=10000&" + options}
	db, err := sql.Open("sqlite", name.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	return db, nil
}

func (s *Store) migrate(ctx context.Context) error {
	return s.write(ctx, func(tx *sql.Tx) error {
		var version int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		switch version {
		case 0:
			_, err := tx.ExecContext(ctx, schema)
			return err
		case schemaVersion:
			return nil
		}
		return fmt.Errorf("its schema is version %d, this release knows %d: use the release that wrote it", version, schemaVersion)
	})
}

// write runs do in a transaction of its own.
func (s *Store) write(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, rollback(tx))
	}
	return tx.Commit()
}

// rollback is silent about a transaction that its context or the error before has ended already.
func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}
