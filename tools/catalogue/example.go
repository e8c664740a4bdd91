package main

import (
	"encoding/json"

	"github.com/goccy/go-yaml"
)

// ordered gives an example's fields the order of the schema, as values that YAML knows.
func ordered(s *shape, o object) m {
	var list m
	for p := s.schema.Properties.Oldest(); p != nil; p = p.Next() {
		if text, ok := o[p.Key]; ok {
			list = append(list, yaml.MapItem{Key: p.Key, Value: plain(text)})
		}
	}
	return list
}

// plain decodes JSON; JSON is YAML, and numbers of the examples are whole.
func plain(text json.RawMessage) any {
	var v any
	if err := yaml.UnmarshalWithOptions(text, &v, yaml.UseOrderedMap()); err != nil {
		panic("catalogue: read golden event: " + err.Error())
	}
	return v
}
