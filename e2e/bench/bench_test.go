package main

import (
	"os"
	"path/filepath"
	"testing"

	"countersign/e2e/bench/course"
	"countersign/e2e/bench/rig"
)

// The test's own binary is the worker of each row.
func TestMain(m *testing.M) { rig.Main(m, course.IsWorker(), course.Work) }

// Every row accepts every attempt once, on the bus and in its store: the course itself fails otherwise. Nothing is said of times.
func TestEveryRowAcceptsEveryAttemptOnce(t *testing.T) {
	c := course.Full()
	c.Shorten()
	c.Dir, c.MongoDB = t.TempDir(), os.Getenv("COUNTERSIGN_TEST_MONGODB_URI")
	if c.MongoDB == "" {
		t.Fatal("COUNTERSIGN_TEST_MONGODB_URI is not set: set it to what `scripts/mongodb up` prints, or run `make test`, which does")
	}
	measured := 0
	c.Progress = func(string, string, int, course.Figure) { measured++ }
	path := filepath.Join(t.TempDir(), "bench.json")
	if err := measure(t.Context(), c, path); err != nil {
		t.Fatal(err)
	}
	if want := len(c.Stores()) * len(course.Names()); measured != want {
		t.Errorf("%d rows were measured, want %d", measured, want)
	}
}
