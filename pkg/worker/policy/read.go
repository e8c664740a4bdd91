package policy

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Parse reads a policy file. file is its name in errors. The error is Faults when the content is at fault.
func Parse(file string, content []byte) (*Set, error) { return parse(file, content, func(*Policy) {}) }

func parse(file string, content []byte, defaults func(*Policy)) (*Set, error) {
	r := &reader{file: file, defaults: defaults}
	set := &Set{byName: map[string]Policy{}}
	r.document(content, set)
	if len(r.faults) > 0 {
		return nil, r.faults
	}
	return set, nil
}

// reader collects the faults of one file.
type reader struct {
	file     string
	defaults func(*Policy)
	faults   Faults
}

func (r *reader) fault(line int, where, format string, args ...any) {
	r.faults = append(r.faults, Fault{File: r.file, Line: line, Field: where, Problem: fmt.Sprintf(format, args...)})
}

func (r *reader) document(content []byte, set *Set) {
	file, err := parser.ParseBytes(content, 0)
	if err != nil {
		r.syntax(err)
		return
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		r.fault(1, "", "holds %d documents: write one that begins with platforms:", countBodies(file))
		return
	}
	for _, kv := range r.entries("", file.Docs[0].Body) {
		if name := keyOf(kv); name == "platforms" {
			r.platforms(kv, set)
		} else {
			r.unknown(kv, name, []string{"platforms"})
		}
	}
	if len(set.byName) == 0 && len(r.faults) == 0 {
		r.fault(1, "platforms", "is missing: name at least one platform")
	}
}

func countBodies(file *ast.File) (n int) {
	for _, d := range file.Docs {
		if d.Body != nil {
			n++
		}
	}
	return n
}

func (r *reader) syntax(err error) {
	var at yaml.Error
	if errors.As(err, &at) && at.GetToken() != nil {
		r.fault(at.GetToken().Position.Line, "", "%s", at.GetMessage())
		return
	}
	r.fault(1, "", "%s", strings.TrimSpace(err.Error()))
}

// labels are RFC 1123's: the name is a token of every subject.
var labels = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func (r *reader) platforms(at *ast.MappingValueNode, set *Set) {
	for _, kv := range r.entries("platforms", at.Value) {
		name := keyOf(kv)
		if !labels.MatchString(name) {
			r.fault(lineOf(kv), "platforms", "has the name %q: write a DNS label, 1 to 63 of a to z, 0 to 9 and hyphens inside", name)
			continue
		}
		set.byName[name] = r.platform(name, kv)
	}
}

func (r *reader) platform(name string, at *ast.MappingValueNode) Policy {
	p := defaults(name)
	r.defaults(&p)
	s := section{reader: r, where: "platforms." + name, fields: p.fields(), lines: map[string]int{"": lineOf(at)}}
	if _, empty := at.Value.(*ast.NullNode); !empty { // `acme:` alone takes every default
		s.read("", at.Value)
	}
	s.settle(&p)
	return p.sealed()
}

// entries gives what a section holds; anything but a section is a fault.
func (r *reader) entries(where string, n ast.Node) []*ast.MappingValueNode {
	if m, ok := n.(*ast.MappingNode); ok {
		return m.Values
	}
	r.fault(n.GetToken().Position.Line, where, "is not a section: write names with values below it, indented")
	return nil
}

func (r *reader) unknown(kv *ast.MappingValueNode, name string, known []string) {
	remedy := "remove it"
	if near := nearest(name, known); near != "" {
		remedy = "did you mean " + near + "?"
	}
	r.fault(lineOf(kv), name, "is unknown: %s", remedy)
}

func keyOf(kv *ast.MappingValueNode) string { return kv.Key.GetToken().Value }

func lineOf(kv *ast.MappingValueNode) int { return kv.Key.GetToken().Position.Line }
