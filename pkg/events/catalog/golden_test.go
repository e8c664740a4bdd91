package catalog_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
)

var update = flag.Bool("update", false, "write golden files that are missing, and the others in their canonical form")

const (
	folder = "../testdata/golden"
	remedy = "run go test ./catalog -update, read what it wrote and commit it"
)

// A golden event is what was once written: it is read for ever. <type>.json, and <type>.<variant>.json where a field excludes another.
type golden struct {
	Data   json.RawMessage `json:"data"`
	Record json.RawMessage `json:"record,omitempty"`
}

func TestEveryTypeHasItsGoldenEvents(t *testing.T) {
	r := catalog.New()
	known := map[string]bool{}
	for _, row := range r.Types() {
		t.Run(row.Name(), func(t *testing.T) {
			files, _ := filepath.Glob(filepath.Join(folder, row.Name()+"*.json"))
			if len(files) == 0 && *update {
				files = []string{create(t, row)}
			}
			if len(files) == 0 {
				t.Fatalf("%s.json is missing in testdata/golden: %s", row.Name(), remedy)
			}
			missing := fields(row.New())
			for _, file := range files {
				known[file] = true
				stable(t, r, row, file, missing)
			}
			if len(missing) > 0 {
				t.Errorf("no golden event has the fields %v: add them to the file or to a variant", missing)
			}
		})
	}
	all, _ := filepath.Glob(filepath.Join(folder, "*.json"))
	for _, file := range all {
		if !known[file] {
			t.Errorf("%s belongs to no type: what was once written is read for ever, so its type must stay", file)
		}
	}
}

// stable reads a golden event as a worker and as a fold would, and demands that it is written again byte for byte.
func stable(t *testing.T, r *events.Registry, row events.Type, file string, missing map[string]bool) {
	t.Helper()
	g := read(t, file)
	for name := range members(t, g.Data) {
		delete(missing, name)
	}
	for name := range members(t, g.Record) {
		delete(missing, "record."+name)
	}
	fresh, err := r.Decode(row.Name(), g.Data)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	stored, err := r.DecodeStored(row.Name(), g.Data, g.Record)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	data, _, err := events.Marshal(fresh)
	_, record, errStored := events.Marshal(stored)
	if err != nil || errStored != nil {
		t.Fatalf("%s: %v, %v", file, err, errStored)
	}
	if *update {
		write(t, file, golden{Data: data, Record: record})
		return
	}
	if !bytes.Equal(compact(t, g.Data), data) || !bytes.Equal(compact(t, g.Record), record) {
		t.Errorf("%s: written again it is\n%s\n%s\nif that is meant: %s", file, data, record, remedy)
	}
	if stored.UserID() != fresh.UserID() || stored.EventType() != row.Name() {
		t.Errorf("%s: %s of %q", file, stored.EventType(), stored.UserID())
	}
}

// fields names what the golden events of a type must show between them: data's fields, and record.<field>.
func fields(e events.Event) map[string]bool {
	found := map[string]bool{}
	collect(reflect.TypeOf(e).Elem(), "", found)
	if kept, ok := e.(events.Recorded); ok {
		collect(reflect.TypeOf(kept.RecordPart()).Elem(), "record.", found)
	}
	return found
}

func collect(t reflect.Type, prefix string, found map[string]bool) {
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			found[prefix+name] = true
		}
	}
}

func read(t *testing.T, file string) (g golden) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(text, &g)
	}
	if err != nil {
		t.Fatalf("read %s: %v", file, err)
	}
	return g
}

func write(t *testing.T, file string, g golden) {
	t.Helper()
	text, err := json.MarshalIndent(g, "", "  ")
	if err == nil {
		err = os.WriteFile(file, append(text, '\n'), 0o644)
	}
	if err != nil {
		t.Fatalf("write %s: %v", file, err)
	}
}

func members(t *testing.T, object []byte) (m map[string]json.RawMessage) {
	t.Helper()
	if len(object) == 0 {
		return nil
	}
	if err := json.Unmarshal(object, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func compact(t *testing.T, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if len(text) > 0 {
		if err := json.Compact(&b, text); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}
