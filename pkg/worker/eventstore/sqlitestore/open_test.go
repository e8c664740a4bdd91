package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/pkg/worker/eventstore"
)

func openFile(t *testing.T) (*Store, string) {
	path := filepath.Join(t.TempDir(), "events.db")
	s, err := Open(t.Context(), Config{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s, path
}

func TestAFileIsDurableAndItsOwnersAlone(t *testing.T) {
	s, path := openFile(t)
	isDurable(t, s)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has rights %v", info.Name(), info.Mode())
		}
	}
}

func isDurable(t *testing.T, s *Store) {
	t.Helper()
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "secure_delete": "1", "busy_timeout": "10000"} {
		var got string
		if err := s.writer.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, want %q (%v)", pragma, got, want, err)
		}
	}
}

func TestWhatIsWrittenAfterMarksWaitsForTheDisk(t *testing.T) {
	s, _ := openFile(t)
	of := eventstore.Stream{Platform: "acme", Kind: "guard", UserKey: "ann"}
	if err := s.MarkPublished(t.Context(), []eventstore.Mark{{Stream: of, Version: 1}}); err != nil {
		t.Fatal(err)
	}
	isDurable(t, s)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.MarkFired(ended, []eventstore.Fired{{Stream: of, Version: 1, TimerID: "t"}}); err == nil {
		t.Fatal("marked for a caller who had gone")
	}
	isDurable(t, s)
}

func TestWhatFailsInTheMiddleOfMarksLeavesTheFileDurable(t *testing.T) {
	s, _ := openFile(t)
	late := errors.New("too late")
	if err := s.writeLoosely(t.Context(), func(context.Context, *sql.Tx) error { return late }); !errors.Is(err, late) {
		t.Errorf("got %v, want %v", err, late)
	}
	isDurable(t, s)
}

func TestEveryQueryUsesAnIndex(t *testing.T) {
	s, _ := openFile(t)
	for query, args := range map[string][]any{
		ofHead:      {[]byte("a")},
		ofCause:     {[]byte("a"), []byte("c")},
		fromVersion: {[]byte("a"), 1, 2},
		pending:     {"guard", 1, 2},
		above:       {"guard", 1, 2},
		selectDue:   {"guard", 1, 2},
		selectIDOf:  {[]byte("a"), 1},
		markRun:     {1, 2, 3},
		insertMarks: {1},
		dropState:   {[]byte("a"), 1},
		deleteRef:   {[]byte("a"), 1, 1},
		dropTimer:   {[]byte("a"), 1, "t"},
	} {
		plan := explain(t, s.writer, query, args)
		if !strings.Contains(plan, "INDEX") && !strings.Contains(plan, "PRIMARY KEY") || strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE") {
			t.Errorf("%s\nis done by %s", query, plan)
		}
	}
}

func explain(t *testing.T, db *sql.DB, query string, args []any) string {
	rows, err := db.Query("EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		t.Fatal(query, err)
	}
	defer rows.Close()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	return strings.Join(plan, "; ")
}

func TestAFileOfANewerReleaseIsRefused(t *testing.T) {
	s, path := openFile(t)
	if _, err := s.writer.Exec("PRAGMA user_version = 9"); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), Config{Path: path}); err == nil || !strings.Contains(err.Error(), "schema is version 9") {
		t.Errorf("got %v", err)
	}
}

func TestAFileThatCannotBeMadeIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "missing", "events.db")
	if _, err := Open(t.Context(), Config{Path: path}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v", err)
	}
}

// Another process may hold the file for a while: an append waits, it does not fail.
func TestAnAppendWaitsForAnotherProcessThatWrites(t *testing.T) {
	s, path := openFile(t)
	other, err := pool(path, "_txlock=immediate", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	tx, err := other.Begin()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.PutPolicy(t.Context(), "h", []byte("p")) }()
	select {
	case err := <-done:
		t.Fatalf("did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}
