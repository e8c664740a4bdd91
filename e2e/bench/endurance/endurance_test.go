package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/e2e/bench/rig"
	"countersign/e2e/bench/stand"
)

// The test's own binary is each worker.
func TestMain(m *testing.M) { rig.Main(m, stand.IsWorker(), stand.Work) }

// Every message is answered once and every login ends well: the measurements themselves fail otherwise. Nothing is said of times.
func TestEachMeasurementMeasuresBothStores(t *testing.T) {
	if mongodb() == "" {
		t.Fatal("COUNTERSIGN_TEST_MONGODB_URI is not set: set it to what `scripts/mongodb up` prints, or run `make test`, which does")
	}
	for name, want := range map[string][]string{
		"backlog": {`"load": "unlock"`, `"load": "late"`, `"waiting": 400`, `"store": "sqlite"`, `"store": "mongodb"`},
		"soak":    {`"live_mib": `, `"goroutines": `, `"store": "sqlite"`, `"store": "mongodb"`},
		"start":   {`"name": "verify"`, `"resident_mib": `, `"accepted_ms": `, `"store": "sqlite"`, `"store": "mongodb"`},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "figures.json")
			args := []string{name, "-short", "-json", file}
			if name == "start" {
				args = append(args, "-root", "../../..")
			}
			if err := run(t.Context(), args); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range want {
				if !strings.Contains(string(text), one) {
					t.Errorf("no %s among the figures:\n%s", one, text)
				}
			}
		})
	}
}

func TestNothingElseIsMeasured(t *testing.T) {
	for _, args := range [][]string{nil, {"sprint"}, {"soak", "-sprint"}} {
		if err := run(t.Context(), args); err == nil {
			t.Errorf("%v measures something", args)
		}
	}
}
