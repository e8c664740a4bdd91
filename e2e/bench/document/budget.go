package main

import (
	"fmt"

	"countersign/e2e/bench/report"
)

// budget is what the CPUs have for an attempt at half of ideal's pace, beside what ours takes of them.
func budget(cpus int, s report.Store) string {
	for _, r := range s.Rows {
		if r.Name == "ours" {
			return fmt.Sprintf("%.0f µs of CPU for an attempt; *ours* takes %.0f in the worker and %.0f in the bus",
				float64(cpus)*1e6/(s.Median("ideal")/2), r.CPU.Median*1000, r.BusCPU.Median*1000)
		}
	}
	return ""
}
