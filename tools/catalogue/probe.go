package main

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"

	"countersign/pkg/events"
)

// refuses reports whether check finds fault with the field when it has the value.
func (s *shape) refuses(field string, value any) bool {
	text, err := json.Marshal(value)
	if err != nil {
		return true
	}
	o := maps.Clone(s.having(field))
	o[field] = text
	return s.faults(o, field)
}

// having returns a base in which the field stands, else any.
func (s *shape) having(field string) object {
	for _, base := range s.bases {
		if _, ok := base[field]; ok {
			return base
		}
	}
	return s.bases[0]
}

func (s *shape) faults(o object, field string) bool {
	var f *events.FieldError
	return errors.As(s.try(o), &f) && f.Field == field
}

func (s *shape) try(o object) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	return s.check(text)
}

// demands reports whether no base is valid without the field.
func (s *shape) demands(field string) bool {
	for _, base := range s.bases {
		o := maps.Clone(base)
		delete(o, field)
		if s.try(o) == nil {
			return false
		}
	}
	return true
}

const unbounded = 1 << 17

// longest returns the most bytes that the field takes, or unbounded; -1 where it does not take a text of letters at all.
func (s *shape) longest(field string) int {
	if s.refuses(field, "a") {
		return -1
	}
	if !s.refuses(field, strings.Repeat("a", unbounded)) {
		return unbounded
	}
	return search(1, unbounded, func(n int) bool { return s.refuses(field, strings.Repeat("a", n)) })
}

// search returns the last number for which refused is false: it is at least, and it is not from most on.
func search(least, most int, refused func(int) bool) int {
	for most-least > 1 {
		if middle := least + (most-least)/2; refused(middle) {
			most = middle
		} else {
			least = middle
		}
	}
	return least
}
