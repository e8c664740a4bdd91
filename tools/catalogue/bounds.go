package main

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"

	"github.com/invopop/jsonschema"
)

// noControls is how a pattern says that a text holds no control characters; it means the same to ECMAScript and to Go.
const noControls = `^[^\x00-\x1f\x7f-\x9f]*$`

// bound finds the bounds of one field.
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
	case name == "prefix":
		p.Pattern = `^[0-9]{1,7}$`
	case name == "email":
		p.Format, p.Pattern, p.MaxLength = "email", `^[^@\s]+@[^@\s]+\.[^@\s]+$`, size(events.MaxEmail)
	case name == "algorithm":
		p.Enum = []any{enrollment.SHA1, enrollment.SHA256, enrollment.SHA512}
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
	if s.refuses(name, 2) && s.refuses(name, 1<<30) {
		s.boundRange(p, name)
		return
	}
	for _, least := range []int{2, 1, 0} {
		if s.refuses(name, least-1) && !s.refuses(name, least) {
			p.Minimum = json.Number(strconv.Itoa(least))
		}
	}
	if s.refuses(name, 1<<30) && !s.refuses(name, 2) {
		p.Maximum = json.Number(strconv.Itoa(search(2, 1<<30, func(n int) bool { return s.refuses(name, n) })))
	}
}

// boundRange finds a range that begins above 2.
func (s *shape) boundRange(p *jsonschema.Schema, name string) {
	least := 3
	for s.refuses(name, least) {
		least++
	}
	p.Minimum = json.Number(strconv.Itoa(least))
	p.Maximum = json.Number(strconv.Itoa(search(least, 1<<30, func(n int) bool { return s.refuses(name, n) })))
}

func size(n int) *uint64 { u := uint64(n); return &u }
