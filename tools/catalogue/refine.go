package main

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"countersign/pkg/events"

	"github.com/invopop/jsonschema"
)

// noControls is how a pattern says that a text holds no control characters; it means the same to ECMAScript and to Go.
const noControls = `^[^\x00-\x1f\x7f-\x9f]*$`

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

func (s *shape) bound(p *jsonschema.Schema, name string, t reflect.Type, w words) {
	switch p.Type {
	case "string":
		if list := w.of(t); len(list) > 0 {
			s.boundWords(p, p, name, list, func(text string) any { return text })
		} else if p.Format == "" {
			s.boundText(p, name)
		}
	case "array":
		if s.refuses(name, []any{}) {
			p.MinItems = size(1)
		}
		if list := w.of(t); len(list) > 0 {
			s.boundWords(p, p.Items, name, list, func(text string) any { return []any{text} })
		}
	case "integer":
		s.boundNumber(p, name)
	}
}

// boundWords keeps the words that the field takes; where it takes others, too, they are examples.
func (s *shape) boundWords(p, item *jsonschema.Schema, name string, list []word, value func(string) any) {
	var taken []any
	for _, one := range list {
		if !s.refuses(name, value(one.text)) {
			taken = append(taken, one.text)
		}
	}
	item.Enum = taken
	if !s.refuses(name, value("no_such_word")) {
		item.Enum, p.Examples = nil, taken
		s.boundText(item, name)
	}
}

func (s *shape) boundText(p *jsonschema.Schema, name string) {
	if s.refuses(name, "") {
		p.MinLength = size(1)
	}
	switch n := s.longest(name); n {
	case -1:
		s.boundForm(p, name)
		return
	case unbounded:
	default:
		p.MaxLength = size(n)
	}
	switch {
	case s.refuses(name, "a-B"):
		p.Pattern = `^[a-z0-9_]*$`
	case s.refuses(name, "a\x00b"):
		p.Pattern = noControls
	}
}

// boundForm knows the forms of texts that are not any letters.
func (s *shape) boundForm(p *jsonschema.Schema, name string) {
	switch {
	case name == "phone":
		p.Pattern = `^\+[1-9][0-9]{6,14}$`
	case name == "email":
		p.Format, p.Pattern, p.MaxLength = "email", `^[^@\s]+@[^@\s]+\.[^@\s]+$`, size(events.MaxEmail)
	case strings.HasPrefix(name, sealed):
		s.boundSealed(p, name)
	default:
		panic("catalogue: " + name + " takes no letters: say its form in boundForm")
	}
}

func (s *shape) boundSealed(p *jsonschema.Schema, name string) {
	refused := func(groups int) bool { return s.refuses(name, base64(groups)) }
	least := 1
	for refused(least) {
		least++
	}
	p.ContentEncoding, p.Pattern = "base64", `^[A-Za-z0-9+/]+={0,2}$`
	p.MinLength, p.MaxLength = size(4*least), size(4*search(least, unbounded/4, refused))
}

func base64(groups int) string { return strings.Repeat("AAAA", groups) }

func (s *shape) boundNumber(p *jsonschema.Schema, name string) {
	for _, least := range []int{2, 1, 0} {
		if s.refuses(name, least-1) && !s.refuses(name, least) {
			p.Minimum = json.Number(strconv.Itoa(least))
		}
	}
	if s.refuses(name, 1<<30) && !s.refuses(name, 2) {
		p.Maximum = json.Number(strconv.Itoa(search(2, 1<<30, func(n int) bool { return s.refuses(name, n) })))
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

func size(n int) *uint64 { u := uint64(n); return &u }
