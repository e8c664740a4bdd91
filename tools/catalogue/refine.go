package main

import (
	"reflect"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
)

// refine adds to the schema what only the source and Validate know.
func (s *shape) refine(w words) error {
	s.schema.Title = s.name
	for _, f := range reflect.VisibleFields(s.goType) {
		if p, ok := s.schema.Properties.Get(jsonName(f)); ok {
			s.refineField(p, jsonName(f), f.Type, w)
		}
	}
	if s.check == nil {
		return nil
	}
	for _, base := range s.bases {
		if err := s.try(base); err != nil {
			return err
		}
	}
	s.require()
	s.relate()
	return nil
}

func (s *shape) refineField(p *jsonschema.Schema, name string, t reflect.Type, w words) {
	enumerate(p, t, w)
	describe(p, name)
	if s.check != nil {
		s.bound(p, name, t, w)
	}
	taken := p.Enum
	if p.Items != nil {
		taken = p.Items.Enum
	}
	if says := w.says(t, slices.Concat(taken, p.Examples)); says != "" {
		p.Description = strings.TrimPrefix(p.Description+". "+says, ". ")
	}
}

func jsonName(f reflect.StructField) string {
	name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	return strings.TrimPrefix(name, "-")
}

// enumerate writes the words of a type, also into objects and lists.
func enumerate(p *jsonschema.Schema, t reflect.Type, w words) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
		if p.Items != nil {
			p = p.Items
		}
	}
	if t.Kind() == reflect.String {
		p.Enum = w.own(t)
	}
	if t.Kind() != reflect.Struct || p.Properties == nil {
		return
	}
	for _, f := range reflect.VisibleFields(t) {
		if inner, ok := p.Properties.Get(jsonName(f)); ok {
			enumerate(inner, f.Type, w)
		}
	}
}

// require adds what check demands; of what platforms send, nothing else is required.
func (s *shape) require() {
	var list []string
	for p := s.schema.Properties.Oldest(); p != nil; p = p.Next() {
		if s.demands(p.Key) || !s.strict && slices.Contains(s.schema.Required, p.Key) {
			list = append(list, p.Key)
		}
	}
	s.schema.Required = list
}
