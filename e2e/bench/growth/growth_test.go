package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"countersign/e2e/bench/course"
	"countersign/e2e/bench/growing"
)

// The test's own binary is the worker of each row.
func TestMain(m *testing.M) {
	if course.IsWorker() {
		if err := course.Work(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

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
