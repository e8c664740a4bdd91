// Command catalogue writes what follows from the contract's Go types: JSON Schemas, the AsyncAPI document, the event catalogue
// and the pictures of streams.
// It is run in the folder tools. The same sources give the same bytes.
//
// Bounds, words and required fields are not declared a second time: they are found by asking Validate, with the golden events as
// starting points. So the schemas cannot say something else than the code.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"countersign/pkg/events/catalog"
)

const (
	sources = "../pkg/events"
	goldens = sources + "/testdata/golden"
	schemas = sources + "/asyncapi/schemas"
	asyncs  = sources + "/asyncapi/asyncapi.yaml"
	page    = "../docs/events.md"
	picture = "../docs/streams.md"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "catalogue:", err)
		os.Exit(1)
	}
}

func run() error {
	c, err := load()
	if err != nil {
		return err
	}
	files, err := c.files()
	if err != nil {
		return err
	}
	for name, text := range files {
		if err := write(name, text); err != nil {
			return err
		}
	}
	return sweep(files)
}

// sweep removes the schemas of types that are gone.
func sweep(files map[string][]byte) error {
	there, err := filepath.Glob(filepath.Join(schemas, "*.json"))
	if err != nil {
		return err
	}
	for _, name := range there {
		if _, ok := files[name]; ok {
			continue
		}
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	return nil
}

func write(name string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	return os.WriteFile(name, text, 0o644)
}

// files returns everything that is written, by name.
func (c *contract) files() (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, s := range c.shapes() {
		text, err := encode(s.schema)
		if err != nil {
			return nil, fmt.Errorf("write schema of %s: %w", s.name, err)
		}
		files[filepath.Join(schemas, s.name+".json")] = text
	}
	var err error
	if files[asyncs], err = c.asyncAPI(); err != nil {
		return nil, fmt.Errorf("write AsyncAPI document: %w", err)
	}
	if files[page], err = c.page(); err != nil {
		return nil, fmt.Errorf("write catalogue: %w", err)
	}
	if files[picture], err = streamsPage(catalog.New()); err != nil {
		return nil, fmt.Errorf("write pictures of streams: %w", err)
	}
	return files, nil
}
