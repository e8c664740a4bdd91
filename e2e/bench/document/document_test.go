package main

import (
	"strings"
	"testing"

	"countersign/e2e/bench/report"
	"countersign/e2e/bench/sending"
)

func TestThePageHasEveryFigure(t *testing.T) {
	of := func(n float64) report.Spread { return report.Spread{Median: n, Min: n - 1, Max: n + 1} }
	row := func(name string, n float64) report.Row {
		return report.Row{Name: name, PerSecond: of(n), P50: of(2), P99: of(3), CPU: of(4), BusCPU: of(5), Allocs: of(6), KiB: of(7), Memory: of(8)}
	}
	var page strings.Builder
	err := write(&page, figuresOf{
		Verify: report.Report{
			Taken: report.Taken{Machine: report.Machine{CPUs: 2}}, Rounds: 5,
			Stores: []report.Store{{Name: "sqlite", Rows: []report.Row{row("naive", 100), row("ours", 850), row("ideal", 1000)}}},
		},
		Notifier: []sending.Figure{{Store: "sqlite", Wanted: 500, Reached: 499, Took: sending.Spread{P50: 5.55, P99: 33.3}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| ours | 850 (849–851) | 2.0 (1.0–3.0) |", "ours/naive 8.50, ours/ideal 0.85. Wanted: at least 8 and 0.5, and a p99 of at most 5 ms.",
		"the CPUs have 4000 µs for each; *ours* takes 4000 in the worker and 5000 in the bus.", "| sqlite | 500 | 499 | 5.5 | 33.3 |",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("no %q in\n%s", want, page.String())
		}
	}
}
