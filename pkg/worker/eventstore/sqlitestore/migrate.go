package sqlitestore

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
)

//go:embed schema.sql
var schema string

// schemaVersion is what user_version says of a file that schema.sql made.
const schemaVersion = 2

// migrate makes the tables, or those of a file that the release before wrote anew: whole, or not at all where it fails or is interrupted.
func (s *Store) migrate(ctx context.Context) error {
	migrated := false
	err := s.write(ctx, func(_ context.Context, tx *sql.Tx) error { // in the context that can be cancelled: it may take minutes
		var version int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		switch version {
		case 0:
			_, err := tx.ExecContext(ctx, schema)
			return err
		case 1:
			migrated = true
			return wrap("bring its schema from version 1 to 2", from1(ctx, tx))
		case schemaVersion:
			return nil
		}
		return fmt.Errorf("its schema is version %d, this release knows %d: use the release that wrote it", version, schemaVersion)
	})
	if err == nil && migrated { // the log has twice the file's length
		_, err = s.writer.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	}
	return err
}

const (
	begin1 = `ALTER TABLE commits RENAME TO commits_1; ALTER TABLE due RENAME TO due_1; DROP INDEX pending; DROP INDEX bus_sequence; DROP INDEX due_at;` + "\n"
	// The state of a stream's last commit is kept: no version after it drops it.
	copy1 = `INSERT INTO commits SELECT rowid, kind, stream, version, cause, digest, at, policy, user, fold, events, timers FROM commits_1 ORDER BY rowid;
		INSERT INTO states SELECT rowid, state FROM commits_1 c WHERE state IS NOT NULL
			AND NOT EXISTS (SELECT 1 FROM commits_1 n WHERE n.stream = c.stream AND n.version = c.version + 1) ORDER BY rowid;
		INSERT INTO marks SELECT rowid, kind, at, CASE published WHEN 1 THEN bus_sequence END FROM commits_1 ORDER BY rowid;
		INSERT INTO due SELECT c.rowid, d.timer, d.kind, d.at, d.stream, d.version, d.type, d.data
			FROM due_1 d JOIN commits_1 c ON c.stream = d.stream AND c.version = d.version ORDER BY c.rowid, d.timer;
		DROP TABLE commits_1; DROP TABLE due_1;
		CREATE TEMP TABLE unsorted (stream BLOB, key ANY, id INTEGER) STRICT`
	insertUnsorted = `INSERT INTO temp.unsorted (stream, key, id) VALUES (?,?,?), (?,?,?)`
	end1           = `INSERT INTO refs SELECT stream, key, id FROM temp.unsorted ORDER BY stream, key; DROP TABLE temp.unsorted`
)

// from1 sorts the refs before it writes them: in the order of commits each would go to a page of its own.
func from1(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, begin1+schema+copy1); err != nil {
		return err
	}
	insert, err := tx.PrepareContext(ctx, insertUnsorted)
	if err != nil {
		return err
	}
	defer func() { _ = insert.Close() }()
	for last, more := int64(0), true; more; {
		if last, more, err = refer(ctx, tx, insert, last); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, end1)
	return err
}

// refer makes the refs of the commits that follow one, and reports the last of them and whether there may be more.
func refer(ctx context.Context, tx *sql.Tx, insert *sql.Stmt, after int64) (last int64, more bool, err error) {
	found, err := namesAfter(ctx, tx, after)
	for _, c := range found {
		stream := streamKey(c.kind, c.stream)
		if _, err := insert.ExecContext(ctx, stream, c.version, c.id, stream, causeKey(c.cause), c.id); err != nil {
			return 0, false, err
		}
		last = c.id
	}
	return last, len(found) > 0, err
}

// named is what the refs of a commit are made of.
type named struct {
	id, version         int64
	kind, stream, cause string
}

func namesAfter(ctx context.Context, tx *sql.Tx, id int64) (all []named, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, kind, stream, version, cause FROM commits WHERE id > ? ORDER BY id LIMIT 1024`, id)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var c named
		if err := rows.Scan(&c.id, &c.kind, &c.stream, &c.version, &c.cause); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
}
