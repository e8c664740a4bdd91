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
}

func (b *busyFirst) Connect(context.Context) (driver.Conn, error) {
	if b.asked++; b.asked <= b.times {
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
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	b := newBusyFirst(t, 1<<30)
	db := sql.OpenDB(b)
	if err := errors.Join(reach(ended, db), db.Close()); !errors.Is(err, context.Canceled) && !isBusy(err) {
		t.Errorf("got %v", err)
	}
	b.why, b.asked = errors.New("no such folder"), 0
	db = sql.OpenDB(b)
	if err := errors.Join(reach(t.Context(), db), db.Close()); !errors.Is(err, b.why) || b.asked != 1 {
		t.Errorf("got %v after %d times", err, b.asked)
	}
}
