package sqlitestore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite" // the driver "sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const readers = 4

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
		"&_pragma=cache_size(-16384)&_pragma=wal_autocheckpoint(16000)" // 16 MiB and 64 MiB
	if s.writer, err = pool(path, durable, 1); err != nil {
		return err
	}
	if s.reader, err = pool(path, "_pragma=query_only(ON)&_pragma=synchronous(FULL)", readers); err != nil {
		return err
	}
	if err = reach(ctx, s.writer); err != nil {
		return err
	}
	if err = s.migrate(ctx); err != nil {
		return err
	}
	return s.prepare(ctx)
}

// reach makes the first connection. SQLite waits for no lock where several make the log of one new file at the same time: it says at once that the
// file is busy.
func reach(ctx context.Context, db *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	for {
		err := db.PingContext(ctx)
		if !isBusy(err) {
			return err
		}
		select {
		case <-time.After(busyPause):
		case <-ctx.Done():
			return err
		}
	}
}

// busyPause is longer than another takes to make its log.
const busyPause = 10 * time.Millisecond

func isBusy(err error) bool {
	failed, ok := errors.AsType[*sqlite.Error](err)
	return ok && failed.Code()&0xff == sqlite3.SQLITE_BUSY // whatever kind of it
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

// write runs do in a transaction of its own, which ends with ctx. The context that do gets has no end: the driver starts a goroutine for each
// statement that could be cancelled.
func (s *Store) write(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	defer s.log.tell()
	return transact(ctx, s.writer, do)
}

// writeLoosely is write for what a machine that loses its power may forget: nobody waits for the disk, and what is written next takes it along.
func (s *Store) writeLoosely(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	c, err := s.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer s.log.tell()
	defer func() { _ = c.Close() }()
	if _, err := c.ExecContext(ctx, "PRAGMA synchronous = NORMAL"); err != nil {
		return err
	}
	return errors.Join(transact(ctx, c, do), tighten(context.WithoutCancel(ctx), c))
}

// tighten has the connection wait for the disk again, or nobody use it any more.
func tighten(ctx context.Context, c *sql.Conn) error {
	_, err := c.ExecContext(ctx, "PRAGMA synchronous = FULL")
	if err != nil {
		_ = c.Raw(func(any) error { return driver.ErrBadConn })
	}
	return err
}

func transact(ctx context.Context, on interface {
	BeginTx(context.Context, *sql.TxOptions) (*sql.Tx, error)
}, do func(context.Context, *sql.Tx) error) error {
	tx, err := on.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(context.WithoutCancel(ctx), tx); err != nil {
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
