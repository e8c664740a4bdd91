// Package keda writes KEDA's ScaledObjects: each worker is scaled by the lag of its own durable consumers, as the contract's tables have them.
//
// The files stand in deploy/k8s/components/keda; a test holds them to what this package writes.
package keda

import (
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/template"

	"countersign/cmd/countersign/internal/table"
	"countersign/pkg/worker/bus"
)

//go:embed scaledobject.tmpl
var text string

var object = template.Must(template.New("scaledobject").Parse(text))

// Write writes the ScaledObject of one worker.
func Write(out io.Writer, w table.Worker) error {
	consumers, err := bus.Consumers(table.Contract().Registry, w.Name, w.Hears, bus.Scale{})
	if err != nil {
		return err
	}
	return object.Execute(out, map[string]any{"Worker": w.Name, "Consumers": consumers})
}

// WriteFolder writes one file for each worker.
func WriteFolder(folder string) error {
	for _, w := range table.Workers() {
		if err := writeFile(filepath.Join(folder, w.Name+".yaml"), w); err != nil {
			return fmt.Errorf("write scaled object of %s: %w", w.Name, err)
		}
	}
	return nil
}

func writeFile(path string, w table.Worker) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := Write(f, w); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
