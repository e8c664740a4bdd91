package sqlitecounters_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/services/notifier/internal/budget"
	"countersign/services/notifier/internal/budget/countertest"
	"countersign/services/notifier/internal/budget/sqlitecounters"
)

func open(t testing.TB, path string) *sqlitecounters.Counters {
	c, err := sqlitecounters.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestCounters(t *testing.T) {
	countertest.Run(t, func(t testing.TB) countertest.Place {
		path := filepath.Join(t.TempDir(), "counters.db")
		return func(t testing.TB) budget.Counters { return open(t, path) }
	})
}

func TestTogether(t *testing.T) {
	countertest.Run(t, func(t testing.TB) countertest.Place {
		path := filepath.Join(t.TempDir(), "counters.db")
		return func(t testing.TB) budget.Counters { return budget.Together(open(t, path)) }
	})
}

func TestTheFileIsItsOwnersAloneAndOutlivesItsProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "counters.db")
	first := open(t, path)
	if _, err := first.Add(t.Context(), []budget.Count{{Key: "x", By: 3, Until: time.Now().Add(time.Hour)}}); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := open(t, path).Read(t.Context(), []string{"x"}); err != nil || got[0] != 3 {
		t.Errorf("got %v, %v", got, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestWhatIsOverGoes(t *testing.T) {
	c := open(t, filepath.Join(t.TempDir(), "counters.db"))
	over := budget.Count{Key: "x", By: 1, Until: time.Now().Add(-time.Minute)}
	for _, count := range []budget.Count{over, {Key: "y", By: 1, Until: time.Now().Add(time.Hour)}} {
		if _, err := c.Add(t.Context(), []budget.Count{count}); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := c.Read(t.Context(), []string{"x", "y"}); err != nil || got[0] != 0 || got[1] != 1 {
		t.Errorf("got %v, %v", got, err)
	}
}
