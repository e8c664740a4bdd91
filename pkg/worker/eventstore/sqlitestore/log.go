package sqlitestore

import (
	"context"
	"database/sql"
	"log/slog"
)

// SQLite copies its log into the file where a commit finds it long, and whoever appended waits for tens of milliseconds. Here it is copied beside
// the appends; what SQLite itself does is left for a log of 64 MiB, which begins anew only when nobody reads what is in it.

// copyLog copies what is in the log, so that the next commit begins it anew. Only the last bit, of what was written meanwhile, takes the turn
// of a commit.
func (s *Store) copyLog() error {
	for _, on := range []*sql.DB{s.reader, s.reader, s.writer} {
		if err := copyOn(on); err != nil {
			return err
		}
	}
	return nil
}

// copyOn waits for nobody: what a reader or another process's checkpoint holds up stays for the next time. It has no time limit: a copy that is
// cut off begins at the same place again.
func copyOn(db *sql.DB) error {
	var busy, length, copied int
	return db.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)").Scan(&busy, &length, &copied)
}

// tellingFirst tells of the first of several failures in a row: what fails is done again every second.
func tellingFirst(to *slog.Logger, path string, copied func() error) func() error {
	failing := false
	return func() error {
		err := copied()
		if err != nil && !failing && to != nil {
			to.Warn("the store's log cannot be copied into its file, and grows until it can", "file", path, "error", err)
		}
		failing = err != nil
		return err
	}
}
