package sqlitestore

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"
)

// byHand has the log copied where the test says so alone.
func byHand(t *testing.T) (*Store, string) {
	t.Helper()
	return copying(t, func(*Store) error { return nil })
}

func copying(t *testing.T, do func(*Store) error) (*Store, string) {
	t.Helper()
	s, path := openFile(t)
	s.log.end()
	s.log = newPacer(func() error { return do(s) })
	return s, path
}

func length(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	must(t, err)
	return info.Size()
}

func TestTheLogBeginsAnewOnceItIsCopied(t *testing.T) {
	s, path := byHand(t)
	var first int64
	for turn := range 10 {
		for i := range 20 {
			must(t, s.Append(t.Context(), big(fmt.Sprintf("user-%d-%d", turn, i))))
		}
		must(t, s.copyLog())
		if turn == 0 {
			first = length(t, path+"-wal")
		}
	}
	if last := length(t, path+"-wal"); last > 2*first {
		t.Errorf("the log has %d bytes, after a tenth of the appends it had %d", last, first)
	}
}

func TestMostOfTheLogIsCopiedWithoutTheTurnOfACommit(t *testing.T) {
	s, path := byHand(t)
	for i := range 20 {
		must(t, s.Append(t.Context(), big(fmt.Sprint("user-", i))))
	}
	before := length(t, path)
	c, err := s.writer.Conn(t.Context()) // nobody else commits meanwhile
	must(t, err)
	must(t, copyOn(s.reader))
	must(t, c.Close())
	if after := length(t, path); after < before+20*32<<10 {
		t.Errorf("the file has %d bytes, before it had %d", after, before)
	}
}

func TestTheLastBitOfTheLogWaitsForItsTurn(t *testing.T) {
	s, _ := byHand(t)
	must(t, s.Append(t.Context(), big("ann")))
	c, err := s.writer.Conn(t.Context())
	must(t, err)
	copied := make(chan error, 1)
	go func() { copied <- s.copyLog() }()
	select {
	case err := <-copied:
		t.Fatalf("did not wait: %v", err)
	case <-time.After(50 * time.Millisecond):
	}
	must(t, c.Close())
	must(t, <-copied)
}

func TestAReaderHoldsUpWhatCameAfterItAndNothingFails(t *testing.T) {
	s, path := byHand(t)
	must(t, s.Append(t.Context(), big("before")))
	reading, err := s.reader.Begin()
	must(t, err)
	var n int
	must(t, reading.QueryRow("SELECT count(*) FROM commits").Scan(&n))
	for i := range 20 {
		must(t, s.Append(t.Context(), big(fmt.Sprint("meanwhile-", i))))
	}
	must(t, s.copyLog())
	if length(t, path) > 20*32<<10 {
		t.Error("what the reader must not see is in the file")
	}
	must(t, reading.Rollback())
	must(t, s.copyLog())
	if length(t, path) < 20*32<<10 {
		t.Error("what the reader held up is not in the file")
	}
}

func TestAnAppendIsCopiedByItself(t *testing.T) {
	copied := make(chan error, 1)
	s, path := copying(t, func(s *Store) error { copied <- s.copyLog(); return nil })
	must(t, s.Append(t.Context(), big("ann")))
	must(t, <-copied)
	if length(t, path) < 32<<10 {
		t.Error("the append is not in the file")
	}
}

func TestAClosedFileHasNoLog(t *testing.T) {
	s, path := openFile(t)
	must(t, s.Append(t.Context(), big("ann")))
	must(t, s.Close())
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the log is still there: %v", err)
	}
	s, err := Open(t.Context(), Config{Path: path})
	must(t, err)
	_, err = s.Head(t.Context(), big("ann").Stream)
	must(t, errors.Join(err, s.Close()))
}

func TestOfFailuresInARowTheFirstIsTold(t *testing.T) {
	var told strings.Builder
	failed := errors.New("no room")
	var outcome error
	copied := tellingFirst(slog.New(slog.NewTextHandler(&told, nil)), "store.db", func() error { return outcome })
	for _, outcome = range []error{nil, failed, failed, nil, failed} {
		if err := copied(); !errors.Is(err, outcome) {
			t.Errorf("got %v, want %v", err, outcome)
		}
	}
	if n := strings.Count(told.String(), `file=store.db error="no room"`); n != 2 {
		t.Errorf("told %d times, want 2:\n%s", n, told.String())
	}
}
