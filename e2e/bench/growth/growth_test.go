package main

import (
	"os"
	"path/filepath"
	"testing"

	"countersign/e2e/bench/course"
	"countersign/e2e/bench/growing"
	"countersign/e2e/bench/rig"
)

// The test's own binary is the worker of each row.
func TestMain(m *testing.M) { rig.Main(m, course.IsWorker(), course.Work) }

// Every attempt is accepted once, whatever the user's guard held before, and afterwards the guard holds that again: the measurement itself fails
// otherwise. Nothing is said of times.
func TestEveryAttemptIsAcceptedOnceAmongManyUsersAndAfterLongHistories(t *testing.T) {
	c := growing.Full()
	c.Shorten()
	c.Dir, c.Stores, c.MongoDB = t.TempDir(), t.TempDir(), os.Getenv("COUNTERSIGN_TEST_MONGODB_URI")
	if c.MongoDB == "" {
		t.Fatal("COUNTERSIGN_TEST_MONGODB_URI is not set: set it to what `scripts/mongodb up` prints, or run `make test`, which does")
	}
	if err := measure(t.Context(), c, filepath.Join(t.TempDir(), "growth.json")); err != nil {
		t.Fatal(err)
	}
}
