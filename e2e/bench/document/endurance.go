package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"countersign/e2e/bench/backlog"
	"countersign/e2e/bench/soak"
	"countersign/e2e/bench/start"
)

//go:embed endurance.md.tmpl
var enduranceText string

// endurance is of files that need not be there.
type endurance struct {
	Backlog *backlog.Report
	Soak    *soak.Report
	Start   *start.Report
}

func (e *endurance) read(folder string) error {
	for name, into := range map[string]any{"backlog.json": &e.Backlog, "soak.json": &e.Soak, "start.json": &e.Start} {
		if err := read(filepath.Join(folder, name), into); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func mib(bytes uint64) string { return fmt.Sprintf("%.0f", float64(bytes)/(1<<20)) }
