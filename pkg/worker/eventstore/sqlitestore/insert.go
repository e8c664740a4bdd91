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
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
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
	events, err := eventsText(c.Events)
	if err != nil {
		return fmt.Errorf("encode events of %s: %w", c.Stream, err)
	}
	timers, err := encode(c.Timers)
	if err != nil {
		return fmt.Errorf("encode timers of %s: %w", c.Stream, err)
	}
	stream := c.Stream.String()
	_, err = commit.ExecContext(ctx, c.Stream.Kind, stream, int64(c.Version), c.Cause.Key(),
		c.Digest, c.At.UnixNano(), c.Policy, c.User, c.Fold, string(c.State), events, timers)
	if err != nil {
		return err
	}
	for _, t := range c.Timers {
		_, err := timer.ExecContext(ctx, c.Stream.Kind, t.At.UnixNano(), stream, int64(c.Version),
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

// eventsText is what encode gives, without going through the data of each event once more: it is compact already.
func eventsText(all []eventstore.Event) (string, error) {
	text := []byte{'['}
	for i, e := range all {
		if len(e.Data) > 0 && !json.Valid(e.Data) || len(e.Record) > 0 && !json.Valid(e.Record) {
			return "", fmt.Errorf("data or record of %s is not JSON", e.Type)
		}
		if i > 0 {
			text = append(text, ',')
		}
		text = appendEvent(text, e)
	}
	return string(append(text, ']')), nil
}

func appendEvent(text []byte, e eventstore.Event) []byte {
	text = append(appendQuoted(append(text, `{"id":`...), e.ID), `,"type":`...)
	text = appendQuoted(text, e.Type)
	if len(e.Data) > 0 {
		text = append(append(text, `,"data":`...), e.Data...)
	}
	if len(e.Record) > 0 {
		text = append(append(text, `,"record":`...), e.Record...)
	}
	return append(text, '}')
}

// appendQuoted leaves to encode what is not plain: hardly any id or type.
func appendQuoted(text []byte, word string) []byte {
	if isPlain(word) {
		return append(append(append(text, '"'), word...), '"')
	}
	quoted, err := encode(word)
	if err != nil {
		panic("quote a text: " + err.Error()) // a string has always a JSON form
	}
	return append(text, quoted...)
}

// isPlain tells whether JSON writes a text as it is; beyond ASCII, where it does not always, that is left to encode.
func isPlain(word string) bool {
	for i := range len(word) {
		if c := word[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
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
