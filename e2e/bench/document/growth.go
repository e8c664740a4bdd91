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

// fall says how the last row's attempts per second compare with the first one's.
func fall(p growing.Part) string {
	if p.Fall() <= 0 {
		return "do not fall"
	}
	return fmt.Sprintf("fall by %.0f %%", 100*p.Fall())
}
