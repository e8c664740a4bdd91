package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"countersign/e2e/bench/growing"
)

//go:embed growth.md.tmpl
var growthText string

// growth is of a file that need not be there.
type growth struct {
	Growth *growing.Report
}

func (g *growth) read(folder string) error {
	if err := read(filepath.Join(folder, "growth.json"), &g.Growth); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// fall is in percent; below 0 nothing fell.
func fall(p growing.Part) string { return fmt.Sprintf("%.0f %%", 100*p.Fall()) }
