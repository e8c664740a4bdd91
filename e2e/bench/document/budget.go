package main

import (
	"fmt"

	"countersign/e2e/bench/report"
)

// budget is what the CPUs have for an attempt at half of ideal's pace, beside what ours takes of them.
func budget(cpus int, s report.Store) string {
	ours := s.Row("ours")
	return fmt.Sprintf("the CPUs have %.0f µs for each; *ours* takes %.0f in the worker and %.0f in the bus",
		float64(cpus)*1e6/(s.Median("ideal")/2), ours.CPU.Median*1000, ours.BusCPU.Median*1000)
}
