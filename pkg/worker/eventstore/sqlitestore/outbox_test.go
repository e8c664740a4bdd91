package sqlitestore

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"modernc.org/sqlite"

	"countersign/pkg/worker/eventstore"
)

func TestMarksAreWrittenInPortions(t *testing.T) {
	s, _ := openFile(t)
	all := make([]eventstore.Mark, 800)
	commits := make([]eventstore.Commit, len(all))
	for i := range all {
		commits[i] = victim(fmt.Sprint("user-", i), 1)
		all[i] = eventstore.Mark{Stream: commits[i].Stream, Version: 1, BusSequence: uint64(i + 1)} // no two of a run
	}
	must(t, errors.Join(s.insertBatch(t.Context(), commits)...))
	for marks, want := range map[int]int32{1: 1, 16: 1, 17: 2, 100: 7, 800: 8} {
		written := commitsOf(t, s, func() { must(t, s.MarkPublished(t.Context(), all[:marks])) })
		if written != want {
			t.Errorf("%d marks were written in %d transactions, want %d", marks, written, want)
		}
	}
}

func commitsOf(t *testing.T, s *Store, do func()) int32 {
	t.Helper()
	var n atomic.Int32
	hook(t, s, func() int32 { n.Add(1); return 0 })
	do()
	hook(t, s, nil)
	return n.Load()
}

func hook(t *testing.T, s *Store, on sqlite.CommitHookFn) {
	t.Helper()
	c, err := s.writer.Conn(t.Context())
	must(t, err)
	must(t, c.Raw(func(driver any) error {
		driver.(sqlite.HookRegisterer).RegisterCommitHook(on)
		return nil
	}))
	must(t, c.Close())
}
