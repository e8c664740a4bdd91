package main

import (
	"os"
	"strings"
	"testing"

	"countersign/e2e/bench/rig"
)

// The test's own binary is each worker.
func TestMain(m *testing.M) { rig.Main(m, isWorker(), work) }

// Every attempt is accepted once, however many processes there are and whenever they come: the measurement itself fails otherwise. Nothing is said
// of times.
func TestProcessesBesideEachOtherAcceptEveryAttemptOnce(t *testing.T) {
	mongo := os.Getenv("COUNTERSIGN_TEST_MONGODB_URI")
	if mongo == "" {
		t.Fatal("COUNTERSIGN_TEST_MONGODB_URI is not set: set it to what `scripts/mongodb up` prints, or run `make test`, which does")
	}
	var out strings.Builder
	m := measurement{out: &out, dir: t.TempDir(), attempts: 60, mongo: mongo}
	if err := m.all(t.Context(), []int{2}); err != nil {
		t.Fatal(err)
	}
	if said := out.String(); strings.Count(said, "\n") != 2 || !strings.Contains(said, "2 processes of verify") {
		t.Errorf("told %s", said)
	}
}

func TestTheBusIsMeasuredWithItsSubjects(t *testing.T) {
	var out strings.Builder
	if err := index(t.Context(), &out, t.TempDir(), 2000); err != nil {
		t.Fatal(err)
	}
	if said := out.String(); !strings.Contains(said, "2000 subjects") || !strings.Contains(said, "started again") {
		t.Errorf("told %s", said)
	}
}
