package sqlitestore

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/storetest"
)

func TestMain(m *testing.M) {
	if path := os.Getenv(crashPath); path != "" {
		os.Exit(appendUntilKilled(path))
	}
	goleak.VerifyTestMain(m)
}

type place struct{ path string }

func newPlace(t testing.TB) storetest.Place {
	return place{filepath.Join(t.TempDir(), "what? 100% events.db")}
}

func (p place) Open(t testing.TB, before func([]eventstore.Commit)) eventstore.Store {
	s, err := Open(t.Context(), Config{Path: p.path, Before: before})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (p place) Fill(t testing.TB, commits []eventstore.Commit) {
	s, err := Open(t.Context(), Config{Path: p.path})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(errors.Join(s.insertBatch(t.Context(), commits)...), s.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestStore(t *testing.T) { storetest.Run(t, newPlace) }
