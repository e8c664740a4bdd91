package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"

	"countersign/pkg/worker/eventstore"
)

const (
	selectID = `SELECT coalesce(max(id), 0) FROM commits`
	// A ref that is there already is told by the number of rows.
	insertRefs   = `INSERT INTO refs (stream, key, id) VALUES (?,?,?), (?,?,?) ON CONFLICT DO NOTHING`
	deleteRef    = `DELETE FROM refs WHERE stream = ? AND key = ? AND id = ?`
	insertCommit = `INSERT INTO commits
		(id, kind, stream, version, cause, digest, at, policy, user, fold, events, timers) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)`
	insertState = `INSERT INTO states (id, state) VALUES (?, ?)`
	dropState   = `DELETE FROM states WHERE id = (SELECT id FROM refs WHERE stream = ? AND key = ?)`
	insertTimer = `INSERT INTO due (id, timer, kind, at, stream, version, type, data) VALUES (?,?,?,?,?,?,?,?)`
	insertMarks = `INSERT INTO marks (id, kind, at) SELECT id, kind, at FROM commits WHERE id > ?`
)

// Append writes the next version of a stream.
func (s *Store) Append(ctx context.Context, c eventstore.Commit) error { return s.group.Append(ctx, c) }

// insertBatch writes a batch in one transaction. A commit that breaks the lock leaves the others as they are, and nothing of itself.
func (s *Store) insertBatch(ctx context.Context, batch []eventstore.Commit) []error {
	results := make([]error, len(batch))
	var ids map[name]int64
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		ids, err = s.insertAll(ctx, tx, batch, results)
		return err
	})
	if err != nil {
		for i := range results {
			results[i] = err
		}
		return results
	}
	s.recent.add(ids)
	return results
}

// insertAll says of each commit why it was refused, if it was, and where the others lie.
func (s *Store) insertAll(ctx context.Context, tx *sql.Tx, batch []eventstore.Commit, refused []error) (map[name]int64, error) {
	i, err := s.inserter(ctx, tx)
	if err != nil {
		return nil, err
	}
	before := i.last
	for n, c := range batch {
		if refused[n], err = i.insert(ctx, c); err != nil {
			return nil, err
		}
	}
	_, err = tx.StmtContext(ctx, s.prepared.insertMarks).ExecContext(ctx, before)
	return i.ids, err
}

// An inserter writes commits in one transaction, and gives them their ids: nobody else does meanwhile.
type inserter struct {
	last                int64
	ids                 map[name]int64
	refs, unref, commit *sql.Stmt
	state, drop, timer  *sql.Stmt
}

func (s *Store) inserter(ctx context.Context, tx *sql.Tx) (*inserter, error) {
	p := &s.prepared
	i := &inserter{
		ids:  map[name]int64{},
		refs: tx.StmtContext(ctx, p.insertRefs), unref: tx.StmtContext(ctx, p.deleteRef),
		commit: tx.StmtContext(ctx, p.insertCommit), timer: tx.StmtContext(ctx, p.insertTimer),
		state: tx.StmtContext(ctx, p.insertState), drop: tx.StmtContext(ctx, p.dropState),
	}
	err := tx.StmtContext(ctx, p.selectID).QueryRowContext(ctx).Scan(&i.last)
	return i, err
}

// insert writes the refs first: what they refuse leaves nothing large behind.
func (i *inserter) insert(ctx context.Context, c eventstore.Commit) (refused, err error) {
	stream, cause, id := c.Stream.String(), c.Cause.Key(), i.last+1
	key := streamKey(c.Stream.Kind, stream)
	var of, by any = key, causeKey(cause)
	written, err := affected(i.refs.ExecContext(ctx, of, int64(c.Version), id, of, by, id))
	switch {
	case err != nil:
		return nil, err
	case written < 2:
		return i.refuse(ctx, of, int64(c.Version), by)
	}
	i.last = id
	i.ids[nameOf(key, c.Version)] = id
	if err := i.keep(ctx, c, stream, cause); err != nil {
		return nil, err
	}
	return nil, i.replace(ctx, c, of)
}

// replace keeps the state in the place of that of the version before.
func (i *inserter) replace(ctx context.Context, c eventstore.Commit, stream any) error {
	if c.Version > 1 {
		if _, err := i.drop.ExecContext(ctx, stream, int64(c.Version)-1); err != nil {
			return fmt.Errorf("drop state before %s: %w", c.Stream, err)
		}
	}
	_, err := i.state.ExecContext(ctx, i.last, string(c.State))
	return err
}

// refuse takes back the one ref that was written, if any, and says which was not.
func (i *inserter) refuse(ctx context.Context, stream, version, cause any) (refused, err error) {
	switch taken, err := affected(i.unref.ExecContext(ctx, stream, version, i.last+1)); {
	case err != nil:
		return nil, err
	case taken == 1:
		return eventstore.ErrCauseSeen, nil
	}
	_, err = i.unref.ExecContext(ctx, stream, cause, i.last+1)
	return eventstore.ErrConflict, err
}

func affected(done sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

func (i *inserter) keep(ctx context.Context, c eventstore.Commit, stream, cause string) error {
	events, err := eventsText(c.Events)
	if err != nil {
		return fmt.Errorf("encode events of %s: %w", c.Stream, err)
	}
	timers, err := encode(c.Timers)
	if err != nil {
		return fmt.Errorf("encode timers of %s: %w", c.Stream, err)
	}
	_, err = i.commit.ExecContext(ctx, i.last, c.Stream.Kind, stream, int64(c.Version), cause,
		c.Digest, c.At.UnixNano(), c.Policy, c.User, c.Fold, events, timers)
	if err != nil {
		return err
	}
	for _, t := range c.Timers {
		_, err := i.timer.ExecContext(ctx, i.last, t.ID, c.Stream.Kind, t.At.UnixNano(), stream, int64(c.Version), t.Type, nullable(t.Data))
		if err != nil {
			return fmt.Errorf("insert timer %s: %w", t.ID, err)
		}
	}
	return nil
}
