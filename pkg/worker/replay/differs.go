package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// A Differs error says that a commit keeps another state than its stream's events fold to.
type Differs struct {
	Fields       []string // of the state, the outermost; none where the kept one is no JSON object
	Folded, Kept json.RawMessage
}

func (e *Differs) Error() string {
	if len(e.Fields) == 0 {
		return "keeps a state that cannot be read"
	}
	return "keeps another state than its events fold to, in " + strings.Join(e.Fields, ", ")
}

// compare compares by meaning: a store may write the same text otherwise.
func compare(state any, kept json.RawMessage) error {
	folded, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("encode state: %w", err)
	}
	is, has := object(folded), object(kept)
	if has != nil && reflect.DeepEqual(is, has) {
		return nil
	}
	return &Differs{Fields: different(reflect.TypeOf(state), is, has), Folded: folded, Kept: kept}
}

// object is nil for what is none.
func object(text []byte) (fields map[string]any) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber() // a float64 does not tell all numbers apart
	if err := d.Decode(&fields); err != nil {
		return nil
	}
	return fields
}

// different goes by the names of the type: what a text calls its fields is not to be shown.
func different(state reflect.Type, is, has map[string]any) []string {
	if has == nil {
		return nil
	}
	var names []string
	for i := range state.NumField() {
		name, _, _ := strings.Cut(state.Field(i).Tag.Get("json"), ",")
		if !reflect.DeepEqual(is[name], has[name]) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return []string{"a field that this release does not know"}
	}
	return names
}
