package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/e2e/bench/growing"
	"countersign/e2e/bench/report"
)

func TestThePageSaysWhatGrowthCosts(t *testing.T) {
	folder := t.TempDir()
	text := `{"stores": [{"name": "sqlite", "parts": [{"what": "users", "rounds": 5, "rows": [
		{"size": 1000, "attempts": 2400, "attempts_per_second": {"median": 5000, "min": 4000, "max": 6000}},
		{"size": 1000000, "attempts": 2400, "attempts_per_second": {"median": 4500, "min": 4000, "max": 5000}, "resident_mib": {"max": 77}}]}]}]}`
	if err := os.WriteFile(filepath.Join(folder, "growth.json"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, there := range []struct {
		folder string
		want   bool
	}{{folder, true}, {t.TempDir(), false}} {
		var f figuresOf
		if err := f.growth.read(there.folder); err != nil {
			t.Fatal(err)
		}
		var page strings.Builder
		if err := write(&page, f); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"| 1000000 | 2400 | 4500 (4000–5000) |", "| 77 |", "Attempts per second fall by 10 %"} {
			if strings.Contains(page.String(), want) != there.want {
				t.Errorf("%q: want %t in\n%s", want, there.want, page.String())
			}
		}
	}
}

func TestWhatGetsFasterDoesNotFall(t *testing.T) {
	for last, want := range map[float64]string{900: "fall by 10 %", 1000: "do not fall", 1130: "do not fall"} {
		p := growing.Part{Rows: []growing.Line{{PerSecond: report.Spread{Median: 1000}}, {PerSecond: report.Spread{Median: last}}}}
		if got := fall(p); got != want {
			t.Errorf("from 1000 to %.0f: %q, want %q", last, got, want)
		}
	}
}
