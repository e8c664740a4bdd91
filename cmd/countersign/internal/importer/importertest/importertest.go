// Package importertest shows what a parser makes of a text, and holds it to what holds of every parser.
package importertest

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"countersign/cmd/countersign/internal/importer"
)

// Show gives a line for each entry: "1: dana of Acme: SHA1, 6 digits, 30s, 48656c6c6f" or an error's text. Secrets are shown: it is a test.
func Show(parse importer.Parser, text string) (all []string) {
	for r, err := range parse(strings.NewReader(text)) {
		if err != nil {
			all = append(all, err.Error())
			continue
		}
		all = append(all, fmt.Sprintf("%d: %s of %s: %s, %d digits, %v, %x", r.Line, r.User.Reveal(), r.Issuer, r.Algorithm, r.Digits, r.Period, r.Seed.Reveal()))
	}
	return all
}

// Is compares what a parser makes of a text. A wanted error is its beginning.
func Is(t *testing.T, name string, parse importer.Parser, text string, want ...string) {
	t.Helper()
	got := Show(parse, text)
	if !slices.EqualFunc(got, want, strings.HasPrefix) {
		t.Errorf("%s: got\n\t%s\nwant\n\t%s", name, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// Holds fails unless what a parser makes of any text is whole, and ends where a reader wants no more.
func Holds(t *testing.T, parse importer.Parser, text string) {
	t.Helper()
	lines, ended := strings.Count(text, "\n")+1, false
	for r, err := range parse(strings.NewReader(text)) {
		if ended {
			t.Fatal("something follows an error of the input")
		}
		if err == nil {
			whole(t, r, lines)
			continue
		}
		var f *importer.Fault
		if ended = !errors.As(err, &f); !ended && (f.Line < 1 || f.Line > lines || f.What == "" || f.Remedy == "" || strings.Contains(err.Error(), "\n")) {
			t.Errorf("fault %+v of %d lines", f, lines)
		}
	}
	for range first(parse, text) {
		break
	}
}

func first(parse importer.Parser, text string) iter.Seq2[importer.Record, error] {
	return parse(strings.NewReader(text))
}

func whole(t *testing.T, r importer.Record, lines int) {
	t.Helper()
	checked, err := r.Check()
	if err != nil || checked != r || r.Line < 1 || r.Line > lines {
		t.Errorf("record of line %d of %d: %v", r.Line, lines, err)
	}
}

// Hidden fails if an error for a text, or a print of what comes of it, shows one of the secrets.
func Hidden(t *testing.T, parse importer.Parser, text string, secrets ...string) {
	t.Helper()
	for r, err := range parse(strings.NewReader(text)) {
		shown := fmt.Sprintf("%v %+v %#v %v %+v %#v", r, r, r, err, err, err)
		for _, s := range secrets {
			if strings.Contains(strings.ToLower(shown), strings.ToLower(s)) {
				t.Errorf("%q is shown: %s", s, shown)
			}
		}
	}
}
