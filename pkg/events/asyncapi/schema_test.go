// Package asyncapi_test holds the generated documents to the code: what Decode takes, the schemas take, and what one refuses, the
// other refuses.
package asyncapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

type object = map[string]any

func schema(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile("schemas/" + name + ".json")
	if err != nil {
		t.Fatalf("compile schema of %s: %v: make generate writes it", name, err)
	}
	return s
}

func goldens(t *testing.T, name string) map[string]object {
	t.Helper()
	files, _ := filepath.Glob("../testdata/golden/" + name + "*.json")
	found := map[string]object{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatalf("read %s: %v", file, err)
		}
		found[filepath.Base(file)] = v.(object)["data"].(object)
	}
	return found
}

func TestGoldenEventsFitTheirSchemas(t *testing.T) {
	for _, row := range catalog.New().Types() {
		s := schema(t, row.Name())
		for file, data := range goldens(t, row.Name()) {
			if err := s.Validate(data); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}

func TestEverySchemaIsOfTheContract(t *testing.T) {
	known := map[string]bool{}
	for _, row := range catalog.New().Types() {
		known[row.Name()] = true
	}
	for _, q := range catalog.RPCs() {
		if !q.Public() {
			continue
		}
		name := "countersign." + q.Entity + "." + q.Verb
		known[name+".answer"], known[name+".request"] = true, q.Request != nil
	}
	files, _ := filepath.Glob("schemas/*.json")
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".json"); !known[name] {
			t.Errorf("%s belongs to nothing: make generate removes it", file)
		} else {
			schema(t, name)
		}
	}
	if len(files) != len(known) {
		t.Errorf("%d schemas, want %d: make generate writes them", len(files), len(known))
	}
}

// What platforms send, the schema and the code judge alike: every field of every event is spoilt in many ways.
func TestSchemasAndCodeJudgeAlike(t *testing.T) {
	r := catalog.New()
	for _, row := range r.Types() {
		if row.Direction != events.In {
			continue
		}
		s := schema(t, row.Name())
		for file, data := range goldens(t, row.Name()) {
			for what, spoilt := range spoil(data) {
				text, _ := json.Marshal(spoilt)
				_, errCode := r.Decode(row.Name(), text)
				errSchema := s.Validate(spoilt)
				if errCode == nil && strings.HasSuffix(what, ` ""`) {
					continue // an empty text counts as absent; the schemas say that it is better left out
				}
				if (errCode == nil) != (errSchema == nil) {
					t.Errorf("%s, %s: the code says %v, the schema %v", file, what, errCode, errSchema)
				}
			}
		}
	}
}

// spoil returns the event without each field, and with each field set to each of some values.
func spoil(data object) map[string]object {
	all := map[string]object{}
	for field := range data {
		missing := maps.Clone(data)
		delete(missing, field)
		all["without "+field] = missing
		for _, value := range odd() {
			o := maps.Clone(data)
			o[field] = value
			text := fmt.Sprintf("%#v", value)
			all[field+" "+text[:min(40, len(text))]] = o
		}
	}
	all["unknown field"] = with(data, "no_such_field", "x")
	all["field in another case"] = with(data, "USER", "")
	return all
}

func with(data object, field string, value any) object {
	o := maps.Clone(data)
	o[field] = value
	return o
}

func odd() []any {
	texts := []any{"", "a", "totp", "all", "no_such_word", "a\x00b", "line\nbreak", "name@example.com", "name@localhost", "+15005550006", "0151",
		"2026-01-02T15:04:05Z", "2026-01-02", "2026-13-02T15:04:05Z", "AAAA", "A===", "émile"}
	for _, n := range []int{64, 65, 128, 129, 256, 257, 1024, 1025, 2048, 2049, 5000} {
		texts = append(texts, strings.Repeat("A", n))
	}
	return slices.Concat(texts, []any{json.Number("0"), json.Number("1"), json.Number("-1"), true, []any{}, []any{"a"}, []any{"email"}, object{}})
}
