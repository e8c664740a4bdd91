package policy

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// section reads the fields of one platform.
type section struct {
	*reader
	where  string // platforms.acme
	fields []field
	lines  map[string]int // of the fields that the file names; "" is the platform's
}

// read takes the entries below prefix: "" or the name of a section.
func (s *section) read(prefix string, n ast.Node) {
	for _, kv := range s.entries(s.where+dotted(prefix), n) {
		name := strings.TrimPrefix(prefix+"."+keyOf(kv), ".")
		i := slices.IndexFunc(s.fields, func(f field) bool { return f.name == name })
		if strings.Contains(keyOf(kv), ".") { // code.life in one word would be a second way to say the same
			i = -1
		}
		switch {
		case i >= 0:
			s.take(s.fields[i], kv)
		case prefix == "" && slices.Contains(s.names(""), name):
			s.read(name, kv.Value)
		default:
			s.unknown(kv, s.where+"."+name, s.full(prefix))
		}
	}
}

func dotted(name string) string {
	if name == "" {
		return ""
	}
	return "." + name
}

func (s *section) take(f field, kv *ast.MappingValueNode) {
	s.lines[f.name] = lineOf(kv)
	value, err := plain(kv.Value)
	if err == nil {
		err = f.set(value)
	}
	if err != nil {
		s.fault(lineOf(kv), s.where+"."+f.name, "%s", err)
	}
}

// names gives the fields and sections below prefix, without it.
func (s *section) names(prefix string) []string {
	var names []string
	for _, f := range s.fields {
		name, ok := f.name, true
		if prefix != "" {
			name, ok = strings.CutPrefix(f.name, prefix+".")
		}
		name, _, _ = strings.Cut(name, ".")
		if ok && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func (s *section) full(prefix string) []string {
	names := s.names(prefix)
	for i, name := range names {
		names[i] = s.where + dotted(prefix) + "." + name
	}
	return names
}

// plain is a value without anchors, aliases or tags: what a line says is all there is to it.
func plain(n ast.Node) (v any, err error) {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return nil, errNotPlain
	}
	if err := yaml.NodeToValue(n, &v); err != nil {
		return nil, errNotPlain
	}
	return v, nil
}
