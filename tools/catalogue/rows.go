package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/invopop/jsonschema"
)

// A row describes one field for people.
type row struct {
	Name, Kind, Meaning string
	Required            bool
}

func rows(s *jsonschema.Schema) []row {
	var list []row
	for p := s.Properties.Oldest(); p != nil; p = p.Next() {
		required := slices.Contains(s.Required, p.Key)
		list = append(list, row{p.Key, kind(p.Value), cell(p.Value.Description), required})
		if inner := inside(p.Value); inner != nil {
			for _, r := range rows(inner) {
				r.Name = p.Key + "." + r.Name
				list = append(list, r)
			}
		}
	}
	return list
}

// oneOf names the fields of which one is required.
func oneOf(s *jsonschema.Schema) string {
	var list []string
	for _, alternative := range s.AnyOf {
		list = append(list, "`"+alternative.Required[0]+"`")
	}
	return strings.Join(list, ", ")
}

// inside returns the object in a field or in a list's items.
func inside(s *jsonschema.Schema) *jsonschema.Schema {
	if s.Type == "array" {
		s = s.Items
	}
	if s == nil || s.Properties == nil || s.Properties.Len() == 0 {
		return nil
	}
	return s
}

// cell fits a comment into a table.
func cell(text string) string {
	return strings.NewReplacer("\n", " ", "|", `\|`, "<", "&lt;").Replace(text)
}

func kind(s *jsonschema.Schema) string {
	switch {
	case s.Type == "array" && len(s.Examples) > 0:
		return "list of words such as " + among(s.Examples)
	case s.Type == "array":
		return "list of " + kind(s.Items)
	case len(s.Enum) > 0:
		return among(s.Enum)
	case len(s.Examples) > 0:
		return "word such as " + among(s.Examples)
	case s.Format == "date-time":
		return "time"
	case s.Type == "boolean":
		return "true or false"
	case s.Type == "integer":
		return "number" + limits(s)
	case s.Type == "object":
		return "object"
	}
	return "text" + length(s)
}

func among(words []any) string {
	var list []string
	for _, w := range words {
		list = append(list, fmt.Sprintf("`%v`", w))
	}
	return strings.Join(list, ", ")
}

func limits(s *jsonschema.Schema) string {
	switch {
	case s.Minimum != "" && s.Maximum != "":
		return fmt.Sprintf(", %s to %s", s.Minimum, s.Maximum)
	case s.Minimum != "":
		return fmt.Sprintf(", %s or more", s.Minimum)
	}
	return ""
}

func length(s *jsonschema.Schema) string {
	switch {
	case s.MaxLength == nil:
		return ""
	case s.ContentEncoding != "":
		return fmt.Sprintf(", base64, at most %d bytes", *s.MaxLength)
	case s.MinLength != nil:
		return fmt.Sprintf(", %d to %d bytes", *s.MinLength, *s.MaxLength)
	}
	return fmt.Sprintf(", at most %d bytes", *s.MaxLength)
}
