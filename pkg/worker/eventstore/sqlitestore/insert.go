package sqlitestore

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"countersign/pkg/worker/eventstore"
)

const (
	insertCommit = `INSERT INTO commits
		(kind, stream, version, cause, digest, at, policy, user, fold, state, events, timers) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`
	insertTimer = `INSERT INTO due (kind, at, stream, version, timer, type, data) VALUES (?,?,?,?,?,?,?)`
)

// Append writes the next version of a stream.
func (s *Store) Append(ctx context.Context, c eventstore.Commit) error { return s.group.Append(ctx, c) }

// insertBatch writes a batch in one transaction. A commit that breaks the lock leaves the others as they are: SQLite undoes
// the one statement.
func (s *Store) insertBatch(ctx context.Context, batch []eventstore.Commit) []error {
	results := make([]error, len(batch))
	err := s.write(ctx, func(tx *sql.Tx) error {
		commit, timer := tx.StmtContext(ctx, s.prepared.insertCommit), tx.StmtContext(ctx, s.prepared.insertTimer)
		for i, c := range batch {
			err := insertOne(ctx, commit, timer, c)
			if results[i] = refusal(err); results[i] == nil && err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		for i := range results {
			results[i] = err
		}
	}
	return results
}

func insertOne(ctx context.Context, commit, timer *sql.Stmt, c eventstore.Commit) error {
	events, err := encode(c.Events)
	if err != nil {
		return fmt.Errorf("encode events of %s: %w", c.Stream, err)
	}
	timers, err := encode(c.Timers)
	if err != nil {
		return fmt.Errorf("encode timers of %s: %w", c.Stream, err)
	}
	_, err = commit.ExecContext(ctx, c.Stream.Kind, c.Stream.String(), int64(c.Version), c.Cause.Key(),
		c.Digest, c.At.UnixNano(), c.Policy, c.User, c.Fold, string(c.State), events, timers)
	if err != nil {
		return err
	}
	for _, t := range c.Timers {
		_, err := timer.ExecContext(ctx, c.Stream.Kind, t.At.UnixNano(), c.Stream.String(), int64(c.Version),
			t.ID, t.Type, nullable(t.Data))
		if err != nil {
			return fmt.Errorf("insert timer %s: %w", t.ID, err)
		}
	}
	return nil
}

// refusal is what a broken unique index means, nil for every other error. SQLite tells the index by its columns only.
func refusal(err error) error {
	broken, ok := errors.AsType[*sqlite.Error](err)
	if !ok || broken.Code() != sqlite3.SQLITE_CONSTRAINT_UNIQUE {
		return nil
	}
	switch text := broken.Error(); {
	case strings.Contains(text, "commits.version"):
		return eventstore.ErrConflict
	case strings.Contains(text, "commits.cause"):
		return eventstore.ErrCauseSeen
	}
	return nil
}

// encode leaves JSON as it came: encoding/json would escape HTML in it.
func encode(v any) (string, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

func nullable(text []byte) any {
	if text == nil {
		return nil
	}
	return string(text)
}
