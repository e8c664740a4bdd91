// Package sqlitecounters keeps budgets' counters in a SQLite file of their own, for the embedded default.
//
// An addition outlives the process as soon as it returns; a machine that loses its power may forget the last moments. Counters whose time is over are removed as others are added to.
package sqlitecounters

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"countersign/services/notifier/internal/budget"
)

const schema = `CREATE TABLE IF NOT EXISTS counters (key TEXT PRIMARY KEY, n INTEGER NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS counters_until ON counters (until);`

const (
	add = `INSERT INTO counters (key, n, until) VALUES (?, ?, ?)
		ON CONFLICT (key) DO UPDATE SET n = n + excluded.n, until = max(until, excluded.until) RETURNING n`
	sweep = `DELETE FROM counters WHERE key IN (SELECT key FROM counters WHERE until < ? LIMIT ?)`
	swept = 100 // at most, with each addition

	callLimit = 5 * time.Second
)

// Counters are budget.Counters.
type Counters struct {
	db         *sql.DB
	add, sweep *sql.Stmt // parsing them costs more than what they do
}

var _ budget.Counters = (*Counters)(nil)

// Open opens the file, and makes it, readable by its owner alone, where it is missing. Its folder must be there.
func Open(ctx context.Context, path string) (*Counters, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // before SQLite does, whose mode would follow the umask
	if err != nil {
		return nil, fmt.Errorf("open counters: %w", err)
	}
	_ = f.Close()
	db, err := sql.Open("sqlite", dataSource(path))
	if err != nil {
		return nil, fmt.Errorf("open counters %s: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("make counters in %s: %w", path, err), db.Close())
	}
	c := &Counters{db: db}
	if err := c.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open counters %s: %w", path, err), db.Close())
	}
	return c, nil
}

func (c *Counters) prepare(ctx context.Context) (err error) {
	if c.add, err = c.db.PrepareContext(ctx, add); err == nil {
		c.sweep, err = c.db.PrepareContext(ctx, sweep)
	}
	return err
}

func dataSource(path string) string {
	pragmas := url.Values{"_pragma": {
		fmt.Sprintf("busy_timeout(%d)", callLimit.Milliseconds()), "journal_mode(WAL)", "synchronous(NORMAL)", "wal_autocheckpoint(8000)",
	}}
	pragmas.Set("_txlock", "immediate")
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: pragmas.Encode()}
	return u.String()
}

// Add implements budget.Counters.
func (c *Counters) Add(ctx context.Context, counts []budget.Count) ([]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("add to counters: %w", err)
	}
	sums, err := c.addAll(ctx, tx, counts)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("add to counters: %w", err), rollback(tx))
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("add to counters: %w", err)
	}
	return sums, nil
}

func (c *Counters) addAll(ctx context.Context, tx *sql.Tx, counts []budget.Count) ([]int64, error) {
	sums, adding := make([]int64, len(counts)), tx.StmtContext(ctx, c.add)
	for i, one := range counts {
		if err := adding.QueryRowContext(ctx, one.Key, one.By, one.Until.Unix()).Scan(&sums[i]); err != nil {
			return nil, err
		}
	}
	_, err := tx.StmtContext(ctx, c.sweep).ExecContext(ctx, time.Now().Unix(), swept)
	return sums, err
}

// rollback is silent about a transaction that its context or the error before has ended already.
func rollback(tx *sql.Tx) error {
	if err := tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}

// Read implements budget.Counters.
func (c *Counters) Read(ctx context.Context, keys []string) ([]int64, error) {
	sums, err := c.read(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read counters: %w", err)
	}
	return sums, nil
}

func (c *Counters) read(ctx context.Context, keys []string) ([]int64, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	named := make([]any, len(keys))
	for i, key := range keys {
		named[i] = key
	}
	in := strings.TrimSuffix(strings.Repeat("?,", len(keys)), ",")
	rows, err := c.db.QueryContext(ctx, "SELECT key, n FROM counters WHERE key IN ("+in+")", named...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	held := map[string]int64{}
	for rows.Next() {
		var key string
		var n int64
		if err := rows.Scan(&key, &n); err != nil {
			return nil, err
		}
		held[key] = n
	}
	sums := make([]int64, len(keys))
	for i, key := range keys {
		sums[i] = held[key]
	}
	return sums, rows.Err()
}

// Close implements budget.Counters.
func (c *Counters) Close() error { return c.db.Close() }
