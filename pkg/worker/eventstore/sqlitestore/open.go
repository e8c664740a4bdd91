// Package sqlitestore keeps commits in one SQLite file, for a single machine.
//
// All kinds share one table: where one process may open the file it may read it all, so that tables of their own would protect nothing,
// and the statements stay constants. What an acknowledged append survives is a crash of the process and of the machine (write-ahead log,
// synchronous FULL); what is dropped is overwritten (secure_delete). Several processes may open the same file: one writes at a time,
// the others wait up to ten seconds. It must not lie on a network file system.
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
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/group"
)

// Config is what a Store is made of.
type Config struct {
	Path   string                    // of the file; it is made where there is none, readable by its owner alone; its folder must be there
	Before func([]eventstore.Commit) // sees every batch before it is written; nil for none
}

// A Store is an eventstore.Store in one file.
type Store struct {
	writer *sql.DB // one connection: SQLite has one writer, and waiting here is fair where its own waiting is not
	reader *sql.DB
	insert statements
	group  *group.Group
}

// callLimit bounds every call, beside its caller's context.
const callLimit = 10 * time.Second

const readers = 4

//go:embed schema.sql
var schema string

// schemaVersion is what user_version says of a file that schema.sql made.
const schemaVersion = 1

// Open opens the file, and makes it and its tables where they are missing.
func Open(ctx context.Context, c Config) (*Store, error) {
	s, err := open(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open event store %s: %w", c.Path, err)
	}
	return s, nil
}

func open(ctx context.Context, c Config) (*Store, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	if err := create(c.Path); err != nil {
		return nil, err
	}
	s := &Store{}
	s.group = group.New(group.Config{Insert: s.insertBatch, Timeout: callLimit, Before: c.Before})
	err := s.connect(ctx, c.Path)
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// create makes the file, so that it is its owner's alone: SQLite gives the log files the same rights.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func (s *Store) connect(ctx context.Context, path string) (err error) {
	const durable = "_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(ON)&_txlock=immediate"
	if s.writer, err = pool(path, durable, 1); err != nil {
		return err
	}
	if s.reader, err = pool(path, "_pragma=query_only(ON)", readers); err != nil {
		return err
	}
	if err = s.migrate(ctx); err != nil {
		return err
	}
	s.insert, err = prepare(ctx, s.writer)
	return err
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

// Close waits for appends in flight and closes the file.
func (s *Store) Close() error {
	s.group.Close()
	var err error
	for _, db := range []*sql.DB{s.reader, s.writer} {
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}
	return err
}
