package sqlitestore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"time"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/gather"
)

const (
	selectCommit = `SELECT c.stream, c.version, c.cause, c.digest, c.at, c.policy, c.user, c.fold, s.state, c.events, c.timers,
	m.bus_sequence IS NOT NULL, coalesce(m.bus_sequence, 0) FROM `
	// What leads to a commit that is not there is an error, not a commit less.
	fromMarks = selectCommit + `marks m LEFT JOIN commits c ON c.id = m.id LEFT JOIN states s ON s.id = m.id `
	fromRefs  = selectCommit + `refs r LEFT JOIN commits c ON c.id = r.id LEFT JOIN states s ON s.id = r.id LEFT JOIN marks m ON m.id = r.id `
	byVersion = `r.key < x''` // numbers sort before the first blob
)

// selectLast finds the last version of each stream in a list of keys.
const selectLast = `SELECT coalesce((SELECT max(r.key) FROM refs r WHERE r.stream = unhex(j.value) AND ` + byVersion + `), 0) FROM json_each(?) j ORDER BY j.key`

const (
	ofHead      = fromRefs + `WHERE r.stream = ? AND ` + byVersion + ` ORDER BY r.key DESC LIMIT 2`
	ofCause     = fromRefs + `WHERE r.stream = ? AND r.key = ?`
	fromVersion = fromRefs + `WHERE r.stream = ? AND r.key >= ? AND ` + byVersion + ` ORDER BY r.key LIMIT ?`
	ofKind      = fromRefs + `WHERE (r.stream, r.key) > (?, ?) AND r.stream < ? AND ` + byVersion + ` ORDER BY r.stream, r.key LIMIT ?`
	pending     = fromMarks + `WHERE m.kind = ? AND m.bus_sequence IS NULL AND m.at < ? ORDER BY m.at LIMIT ?`
	above       = fromMarks + `WHERE m.kind = ? AND m.bus_sequence > 0 AND m.bus_sequence > ? ORDER BY m.bus_sequence LIMIT ?`
)

// Head is the last commit of the stream.
func (s *Store) Head(ctx context.Context, stream eventstore.Stream) (eventstore.Commit, error) {
	last, err := list(ctx, s.prepared.head.QueryContext, scanCommit, StreamKey(stream))
	if err = errors.Join(err, only(stream, last)); err != nil {
		return eventstore.Commit{}, fmt.Errorf("read head of %s: %w", stream, err)
	}
	return eventstore.Last(stream, last)
}

// Ends reports whether nothing follows version.
func (s *Store) Ends(ctx context.Context, stream eventstore.Stream, version uint64) (bool, error) {
	last, err := s.ends.Ask(ctx, stream)
	return last == version, wrap("read end of "+stream.String(), err)
}

// readLast gives the last version of each stream. It reads no commit: who asks has read or appended one, and who shares its key could not.
func (s *Store) readLast(ctx context.Context, streams []eventstore.Stream) []gather.Result[uint64] {
	last, err := list(ctx, s.prepared.last.QueryContext, scanVersion, keysText(streams))
	if err == nil && len(last) != len(streams) {
		err = fmt.Errorf("%d answers to %d questions", len(last), len(streams))
	}
	if err != nil {
		return gather.Failed[uint64](len(streams), err)
	}
	return last
}

func scanVersion(rows *sql.Rows) (r gather.Result[uint64], err error) {
	var version int64
	err = rows.Scan(&version)
	r.Value = uint64(version)
	return r, err
}

// ByCause is the commit that answered a cause.
func (s *Store) ByCause(ctx context.Context, stream eventstore.Stream, cause eventstore.Cause) (eventstore.Commit, error) {
	found, err := list(ctx, s.prepared.ofCause.QueryContext, scanCommit, StreamKey(stream), CauseKey(cause))
	switch err = errors.Join(err, answers(stream, cause, found)); {
	case err != nil:
		return eventstore.Commit{}, fmt.Errorf("read commit of %s by cause: %w", stream, err)
	case len(found) == 0:
		return eventstore.Commit{}, eventstore.ErrNoCommit
	}
	return found[0], nil
}

// Replay gives the commits from version from on, in order.
func (s *Store) Replay(ctx context.Context, stream eventstore.Stream, from uint64) iter.Seq2[eventstore.Commit, error] {
	key := StreamKey(stream)
	return eventstore.InOrder(stream, from, pages("replay "+stream.String(), func(last eventstore.Commit) ([]eventstore.Commit, error) {
		found, err := s.commits(ctx, fromVersion, key, int64(max(from, last.Version+1)), page)
		return found, errors.Join(err, only(stream, found))
	}))
}

// All gives the commits of a kind, stream by stream.
func (s *Store) All(ctx context.Context, kind string) iter.Seq2[eventstore.Commit, error] {
	return pages("read all of "+kind, func(last eventstore.Commit) ([]eventstore.Commit, error) {
		key := kindKey(kind) // before all others
		if last.Version > 0 {
			key = StreamKey(last.Stream)
		}
		found, err := s.commits(ctx, ofKind, key, int64(last.Version), behindKind(kind), page)
		return found, errors.Join(err, onlyOfKind(kind, found))
	})
}

// page bounds what Replay and All hold at once; no connection is held while their caller works.
const page = 256

// pages gives one page after the other; more is told the last commit so far, at first the zero value.
func pages(what string, more func(last eventstore.Commit) ([]eventstore.Commit, error)) iter.Seq2[eventstore.Commit, error] {
	return func(yield func(eventstore.Commit, error) bool) {
		var last eventstore.Commit
		for {
			commits, err := more(last)
			if err != nil {
				yield(eventstore.Commit{}, fmt.Errorf("%s: %w", what, err))
				return
			}
			for _, last = range commits {
				if !yield(last, nil) {
					return
				}
			}
			if len(commits) < page {
				return
			}
		}
	}
}

func (s *Store) commits(ctx context.Context, query string, args ...any) ([]eventstore.Commit, error) {
	return list(ctx, s.text(query), scanCommit, args...)
}

// A query is prepared, or a text.
type query func(ctx context.Context, args ...any) (*sql.Rows, error)

func (s *Store) text(q string) query {
	return func(ctx context.Context, args ...any) (*sql.Rows, error) {
		return s.reader.QueryContext(ctx, q, args...)
	}
}

// list runs a query and reads its rows.
func list[T any](ctx context.Context, ask query, scan func(*sql.Rows) (T, error), args ...any) (out []T, err error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	rows, err := ask(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		row, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

func scanCommit(rows *sql.Rows) (c eventstore.Commit, err error) {
	var stream, cause string
	var version, at, sequence int64
	var state, events, timers []byte
	err = rows.Scan(&stream, &version, &cause, &c.Digest, &at, &c.Policy, &c.User, &c.Fold, &state, &events, &timers,
		&c.Published, &sequence)
	if err != nil {
		return c, err
	}
	if c.Stream, err = eventstore.ParseStream(stream); err != nil {
		return c, err
	}
	if c.Cause, err = eventstore.ParseCause(cause); err != nil {
		return c, err
	}
	c.Version, c.At, c.BusSequence, c.State = uint64(version), instant(at), uint64(sequence), state
	return c, errors.Join(json.Unmarshal(events, &c.Events), json.Unmarshal(timers, &c.Timers))
}

func instant(nanoseconds int64) time.Time { return time.Unix(0, nanoseconds).UTC() }
