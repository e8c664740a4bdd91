package main

import (
	"maps"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
)

const sealed = "sealed_"

// relate finds what fields demand or exclude of each other.
func (s *shape) relate() {
	s.oneOfThese()
	for p := s.schema.Properties.Oldest(); p != nil; p = p.Next() {
		if name, ok := strings.CutPrefix(p.Key, sealed); ok && name != "key_id" {
			s.sealable(name)
		}
	}
}

// oneOfThese: an event with nothing but what is required is refused until one of several fields is there.
func (s *shape) oneOfThese() {
	least := object{}
	for _, name := range s.schema.Required {
		least[name] = s.having(name)[name]
	}
	if s.try(least) == nil {
		return
	}
	for p := s.schema.Properties.Oldest(); p != nil; p = p.Next() {
		o := maps.Clone(least)
		for _, name := range together(p.Key) {
			o[name] = s.having(name)[name]
		}
		if !slices.Contains(s.schema.Required, p.Key) && s.try(o) == nil {
			s.schema.AnyOf = append(s.schema.AnyOf, &jsonschema.Schema{Required: []string{p.Key}})
		}
	}
}

func together(name string) []string {
	if strings.HasPrefix(name, sealed) {
		return []string{name, "sealed_key_id"}
	}
	return []string{name}
}

// sealable: in clear or sealed, never both, and sealed never without its key.
func (s *shape) sealable(name string) {
	both := maps.Clone(s.having(sealed + name))
	both[name] = s.having(name)[name]
	if s.try(both) != nil {
		s.schema.AllOf = append(s.schema.AllOf, &jsonschema.Schema{
			Not: &jsonschema.Schema{Required: []string{name, sealed + name}},
		})
	}
	bare := maps.Clone(s.having(sealed + name))
	delete(bare, "sealed_key_id")
	if s.try(bare) != nil {
		if s.schema.DependentRequired == nil {
			s.schema.DependentRequired = map[string][]string{}
		}
		s.schema.DependentRequired[sealed+name] = []string{"sealed_key_id"}
	}
}
