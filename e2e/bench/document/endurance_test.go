package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestThePageHasWhatHasBeenMeasured(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"backlog.json": `{"rows": [{"store": "sqlite", "load": "unlock", "waiting": 1000, "per_second": 7, "per_second_in_tenths": [5, 9], "goroutines": 77}]}`,
		"soak.json": `{"runs": [{"store": "mongodb", "logins": 12, "tenths": [{"live_mib": 1}, {"until_minute": 2, "live_mib": 10, "attempt_to_accepted": {"p99_ms": 3}},
			{"until_minute": 3, "live_mib": 40, "bytes": {"store": 2097152}}]}]}`,
	} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var f figuresOf
	if err := f.endurance.read(folder); err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := write(&page, f); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| sqlite | unlock | 0 (0–0) | 1000 | 7 | 5 | 9 |", "Over mongodb: 12 logins", "| 3.0 | 0 | 0.0 |", "| 40.0 | 0 | 2 | 0 |",
		"Not level: MiB in use are not level: 10.0 in the second tenth, 40.0 in the last.",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %q in\n%s", want, page.String())
		}
	}
	if strings.Contains(page.String(), "Start and size") {
		t.Error("it tells of starts, which nobody has measured")
	}
}
