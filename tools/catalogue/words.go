package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"countersign/pkg/events"
)

// A word is a constant of a named string type: one value of an enumeration.
type word struct {
	text string
	from string // import path of the package that declares it
	says string // its comment
}

// words holds them by <import path>.<type>, in the order of the source.
type words map[string][]word

const module = "countersign/pkg/events"

// readWords reads the constants of all packages below root. A Factor may be declared in another package than events: enrollment adds
// "all".
func readWords(root string) (words, error) {
	found := words{}
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return err
		}
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		folder, err := filepath.Rel(root, filepath.Dir(file))
		found.add(tree, path.Join(module, filepath.ToSlash(folder)))
		return err
	})
	return found, err
}

func (w words) add(tree *ast.File, pkg string) {
	for _, d := range tree.Decls {
		decl, ok := d.(*ast.GenDecl)
		if !ok || decl.Tok != token.CONST {
			continue
		}
		for _, s := range decl.Specs {
			if spec, ok := s.(*ast.ValueSpec); ok && spec.Type != nil {
				w.addSpec(spec, pkg)
			}
		}
	}
}

func (w words) addSpec(spec *ast.ValueSpec, pkg string) {
	name := ""
	switch t := spec.Type.(type) {
	case *ast.Ident:
		name = pkg + "." + t.Name
	case *ast.SelectorExpr:
		name = module + "." + t.Sel.Name
	}
	for _, v := range spec.Values {
		literal, ok := v.(*ast.BasicLit)
		if !ok || literal.Kind != token.STRING {
			continue
		}
		if text, err := strconv.Unquote(literal.Value); err == nil {
			w[name] = append(w[name], word{text, pkg, strings.TrimSpace(spec.Comment.Text())})
		}
	}
}

// of returns the words of a type, of a pointer to it or of a list of it; none for a plain string.
func (w words) of(t reflect.Type) []word {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return w[t.PkgPath()+"."+t.Name()]
}

// own are the words that the type's own package declares.
func (w words) own(t reflect.Type) []any {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	var list []any
	for _, one := range w.of(t) {
		if one.from == t.PkgPath() {
			list = append(list, one.text)
		}
	}
	return list
}

// says lists what the comments of the source say about the words that a field takes. Factors are known to everybody.
func (w words) says(t reflect.Type, taken []any) string {
	var list []string
	if t == reflect.TypeFor[events.Factor]() {
		return ""
	}
	for _, one := range w.of(t) {
		if one.says != "" && slices.Contains(taken, any(one.text)) {
			list = append(list, one.text+": "+one.says)
		}
	}
	return strings.Join(list, "; ")
}
