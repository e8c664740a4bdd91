package sqlitestore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"testing"
)

// A file that another makes the log of is busy for the first connections.
type busyFirst struct {
	real  driver.Driver
	name  string
	why   error
	times int // that it is busy
	asked int
	ends  func() // called when it is asked for the third time; nil: nothing is
}

func (b *busyFirst) Connect(context.Context) (driver.Conn, error) {
	if b.asked++; b.asked == 3 && b.ends != nil {
		b.ends()
	}
	if b.asked <= b.times {
		return nil, b.why
	}
	return b.real.Open(b.name)
}

func (b *busyFirst) Driver() driver.Driver { return b.real }

// newBusyFirst says what SQLite says where two write.
func newBusyFirst(t *testing.T, times int) *busyFirst {
	t.Helper()
	name := "file:" + filepath.Join(t.TempDir(), "events.db") + "?_txlock=immediate"
	first, err := sql.Open("sqlite", name)
	must(t, err)
	second, err := sql.Open("sqlite", name)
	must(t, err)
	tx, err := first.Begin()
	must(t, err)
	_, busy := second.Begin()
	if !isBusy(busy) {
		t.Fatalf("where another writes the answer is %v", busy)
	}
	must(t, errors.Join(tx.Rollback(), first.Close(), second.Close()))
	return &busyFirst{real: first.Driver(), name: name, why: busy, times: times}
}

func TestABusyFileIsReachedOnceItIsNot(t *testing.T) {
	b := newBusyFirst(t, 2)
	db := sql.OpenDB(b)
	must(t, errors.Join(reach(t.Context(), db), db.Close()))
	if b.asked != 3 {
		t.Errorf("it was asked %d times, want 3", b.asked)
	}
}

func TestABusyFileIsWaitedForUntilTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	b := newBusyFirst(t, 1<<30)
	b.ends = cancel
	db := sql.OpenDB(b)
	defer func() { must(t, db.Close()) }()
	if err := reach(ctx, db); !isBusy(err) || b.asked != 3 {
		t.Errorf("got %v after %d times, want that it is busy after 3", err, b.asked)
	}
}

func TestAFileThatCannotBeReachedIsNotWaitedFor(t *testing.T) {
	b := newBusyFirst(t, 1<<30)
	b.why = errors.New("no such folder")
	db := sql.OpenDB(b)
	defer func() { must(t, db.Close()) }()
	if err := reach(t.Context(), db); !errors.Is(err, b.why) || b.asked != 1 {
		t.Errorf("got %v after %d times, want %v after 1", err, b.asked, b.why)
	}
}
