package main

import (
	"os"
	"testing"

	"countersign/e2e/bench/place"
	"countersign/e2e/bench/rig"
	"countersign/e2e/bench/sending"
)

// The test's own binary is the notifier.
func TestMain(m *testing.M) { rig.Main(m, sending.IsWorker(), sending.Work) }

// Every code is taken once, at the first try, and told: the measurement itself fails otherwise. Nothing is said of times.
func TestEveryCodeIsSentOnceAtTheFirstTry(t *testing.T) {
	c := sending.Full()
	c.Shorten()
	c.Dir, c.MongoDB = t.TempDir(), os.Getenv("COUNTERSIGN_TEST_MONGODB_URI")
	if c.MongoDB == "" {
		t.Fatal("COUNTERSIGN_TEST_MONGODB_URI is not set: set it to what `scripts/mongodb up` prints, or run `make test`, which does")
	}
	all, err := sending.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for i, store := range []string{place.SQLite, place.MongoDB} {
		if len(all) <= i || all[i].Store != store || all[i].Reached == 0 || all[i].CPU == 0 || all[i].Took.Max < all[i].Took.P50 {
			t.Errorf("measured %+v", all)
		}
	}
}
