// Package sqlitekeys keeps wrapped keys in a SQLite file of their own, for the embedded default.
//
// A write is on disk before it returns. Removed keys are overwritten in the file (secure_delete) and gone from its
// write-ahead log (a truncating checkpoint) before RemoveUser returns.
package sqlitekeys

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/together"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Config says where the file is.
type Config struct {
	Path string // made with mode 0600 where it is missing; its folder must be there
}

const schema = `
CREATE TABLE IF NOT EXISTS seed_keys (
	platform TEXT, userkey TEXT, keyring TEXT, number INTEGER, epoch INTEGER, wrapped BLOB,
	PRIMARY KEY (platform, userkey, number)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS delivery_keys (
	platform TEXT, userkey TEXT, keyring TEXT, number INTEGER, epoch INTEGER, wrapped BLOB,
	PRIMARY KEY (platform, userkey, number)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS epochs (
	purpose TEXT, number INTEGER, wrapped BLOB, PRIMARY KEY (purpose, number)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pairs (
	number INTEGER PRIMARY KEY, id TEXT, epoch INTEGER, wrapped BLOB, start INTEGER, "end" INTEGER) STRICT;`

const busyTimeout = 5 * time.Second

// Store is a keyring.Store.
type Store struct {
	db     *sql.DB
	asked  *together.Keys
	keysOf map[keyring.Purpose]*sql.Stmt
}

var (
	_ keyring.Store    = (*Store)(nil)
	_ keyring.Beginner = (*Store)(nil)
)

// Open opens the file and makes its tables.
func Open(ctx context.Context, c Config) (*Store, error) {
	if err := touch(c.Path); err != nil {
		return nil, fmt.Errorf("open keys: %w", err)
	}
	db, err := sql.Open("sqlite", dataSource(c.Path))
	if err != nil {
		return nil, fmt.Errorf("open keys %s: %w", c.Path, err)
	}
	db.SetMaxOpenConns(1) // one after the other: keys are cached above, and a checkpoint must not meet a reader
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("make tables in %s: %w", c.Path, err), db.Close())
	}
	s := &Store{db: db}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("read tables in %s: %w", c.Path, err), db.Close())
	}
	s.asked = together.New(s.find, busyTimeout)
	return s, nil
}

// touch makes the file before SQLite does, whose mode would follow the umask; the log inherits it.
func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func dataSource(path string) string {
	pragmas := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()),
		"journal_mode(WAL)", "synchronous(FULL)", "secure_delete(ON)",
	}}
	pragmas.Set("_txlock", "immediate")
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: pragmas.Encode()}
	return u.String()
}

// Close closes the file.
func (s *Store) Close() error {
	s.asked.Wait()
	return s.db.Close()
}

// checkpoint empties the write-ahead log, in which removed rows still stand.
func (s *Store) checkpoint(ctx context.Context) error {
	var busy, frames, done int
	if err := s.db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &done); err != nil {
		return fmt.Errorf("empty the log: %w", err)
	}
	if busy != 0 {
		return errors.New("empty the log: another process reads the file")
	}
	return nil
}
