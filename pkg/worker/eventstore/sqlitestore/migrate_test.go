package sqlitestore

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"countersign/pkg/worker/eventstore"
)

//go:embed testdata/schema1.sql
var schema1 string

const users1 = 400 // times three commits: more than are read at once

// file1 is a file as the release with schema version 1 left it: of each user three commits, the first two published, of the last a timer.
func file1(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "events.db")
	db, err := pool(path, "_pragma=journal_mode(WAL)", 1)
	must(t, err)
	tx, err := db.Begin()
	must(t, err)
	exec := func(query string, args ...any) {
		_, err := tx.Exec(query, args...)
		must(t, err)
	}
	exec(schema1)
	for version := int64(1); version <= 3; version++ {
		for user := range users1 {
			name := fmt.Sprint("acme/guard/user", user)
			state, published := any(fmt.Sprintf(`{"n":%d}`, version)), version < 3
			if version == 1 {
				state = nil
			}
			exec(`INSERT INTO commits (kind, stream, version, cause, digest, at, policy, user, fold, state, events, timers, published, bus_sequence)
				VALUES ('guard', ?, ?, ?, 'd', ?, 'p', 'u', 1, ?, '[{"id":"e","type":"t","data":{}}]', 'null', ?, ?)`,
				name, version, fmt.Sprintf("in/acme/%%2Fweb/%d-%d", user, version), version*1e9, state, published, user)
		}
	}
	exec(`INSERT INTO due (kind, at, stream, version, timer, type, data) VALUES ('guard', 7, 'acme/guard/user7', 3, 'timer', 't', NULL)`)
	exec(`INSERT INTO policies (hash, document) VALUES ('p', x'00')`)
	must(t, tx.Commit())
	must(t, db.Close())
	return path
}

func user1(n int) eventstore.Stream {
	return eventstore.Stream{Platform: "acme", Kind: "guard", UserKey: fmt.Sprint("user", n)}
}

func TestAFileOfSchemaVersion1IsBroughtToThisOne(t *testing.T) {
	path := file1(t)
	s, err := Open(t.Context(), Config{Path: path})
	must(t, err)
	defer func() { _ = s.Close() }()
	seen := 0
	for c, err := range s.All(t.Context(), "guard") {
		must(t, err)
		want := eventstore.Commit{
			Stream: c.Stream, Version: uint64(seen%3 + 1), Digest: "d", At: time.Unix(int64(seen%3+1), 0).UTC(), Policy: "p", User: "u", Fold: 1,
			Cause:  eventstore.Cause{Origin: "in", Platform: "acme", Source: "/web", ID: fmt.Sprintf("%s-%d", strings.TrimPrefix(c.Stream.UserKey, "user"), seen%3+1)},
			Events: []eventstore.Event{{ID: "e", Type: "t", Data: []byte("{}")}}, Published: seen%3 < 2, BusSequence: c.BusSequence,
		}
		if want.Version == 3 {
			want.State = fmt.Appendf(nil, `{"n":%d}`, want.Version)
		}
		if !reflect.DeepEqual(c, want) {
			t.Fatalf("got\n%+v, want\n%+v", c, want)
		}
		seen++
	}
	if seen != 3*users1 {
		t.Errorf("%d commits are there, want %d", seen, 3*users1)
	}
	worksOn(t, s)
	refuses1(t, s)
}

// worksOn reads what was kept beside commits and goes on with a stream.
func worksOn(t *testing.T, s *Store) {
	t.Helper()
	head, err := s.Head(t.Context(), user1(7))
	must(t, err)
	if found, err := s.ByCause(t.Context(), head.Stream, head.Cause); err != nil || found.Version != 3 {
		t.Errorf("its cause leads to %+v, %v", found, err)
	}
	due, err := s.Due(t.Context(), "guard", time.Unix(1, 0), 10)
	if err != nil || len(due) != 1 || due[0].Stream != head.Stream {
		t.Errorf("due is %+v, %v", due, err)
	}
	if document, err := s.Policy(t.Context(), "p"); err != nil || len(document) != 1 {
		t.Errorf("the policy is %x, %v", document, err)
	}
	if pending, err := s.Pending(t.Context(), "guard", time.Unix(9, 0), 2*users1); err != nil || len(pending) != users1 {
		t.Errorf("%d are pending, %v", len(pending), err)
	}
	must(t, s.Append(t.Context(), next1(4, "new")))
	must(t, s.MarkPublished(t.Context(), []eventstore.Mark{{Stream: head.Stream, Version: 4, BusSequence: 9}}))
}

func refuses1(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Append(t.Context(), next1(2, "other")); !errors.Is(err, eventstore.ErrConflict) {
		t.Errorf("a version that was there is answered by %v", err)
	}
	if err := s.Append(t.Context(), next1(5, "7-1")); !errors.Is(err, eventstore.ErrCauseSeen) {
		t.Errorf("a cause that was there is answered by %v", err)
	}
}

func next1(version uint64, cause string) eventstore.Commit {
	return eventstore.Commit{
		Stream: user1(7), Version: version, User: "u", At: time.Unix(5, 0), State: []byte("{}"),
		Cause: eventstore.Cause{Origin: "in", Platform: "acme", Source: "/web", ID: cause},
	}
}

func TestAnInterruptedMigrationLeavesTheFileAsItWas(t *testing.T) {
	path := file1(t)
	db, err := pool(path, "_txlock=immediate", 1)
	must(t, err)
	stop := errors.New("stop")
	err = transact(t.Context(), db, func(ctx context.Context, tx *sql.Tx) error { return errors.Join(from1(ctx, tx), stop) })
	if !errors.Is(err, stop) || strings.Count(err.Error(), "\n") > 0 {
		t.Fatal(err)
	}
	var version, commits int
	must(t, db.QueryRow("PRAGMA user_version").Scan(&version))
	must(t, db.QueryRow("SELECT count(*) FROM commits INDEXED BY sqlite_autoindex_commits_1").Scan(&commits))
	if version != 1 || commits != 3*users1 {
		t.Errorf("version %d with %d commits is left", version, commits)
	}
	must(t, db.Close())
	s, err := Open(t.Context(), Config{Path: path})
	must(t, err)
	worksOn(t, s)
	must(t, s.Close())
}

func TestAMigrationEndsWithItsContext(t *testing.T) {
	path := file1(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Open(ended, Config{Path: path}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsMigratedHasTheSchemaOfWhatIsNew(t *testing.T) {
	_, fresh := openFile(t)
	migrated := file1(t)
	s, err := Open(t.Context(), Config{Path: migrated})
	must(t, err)
	must(t, s.Close())
	if got, want := tablesOf(t, migrated), tablesOf(t, fresh); !reflect.DeepEqual(got, want) {
		t.Errorf("migrated has\n%s\nnew has\n%s", got, want)
	}
}

func tablesOf(t *testing.T, path string) (all []string) {
	t.Helper()
	db, err := pool(path, "", 1)
	must(t, err)
	defer func() { _ = db.Close() }()
	rows, err := db.Query("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY name")
	must(t, err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var text string
		must(t, rows.Scan(&text))
		all = append(all, strings.Join(strings.Fields(text), " "))
	}
	return all
}
