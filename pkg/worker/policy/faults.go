package policy

import (
	"errors"
	"fmt"
	"strings"
)

var errNotPlain = errors.New("uses an anchor, an alias or a tag: write the value itself")

// A Fault is one thing that is wrong with a file.
type Fault struct {
	File    string
	Line    int    // from 1
	Field   string // platforms.acme.guess.free; "" where it is about the whole file
	Problem string // with the remedy
}

func (f Fault) Error() string {
	if f.Field == "" {
		return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Problem)
	}
	return fmt.Sprintf("%s:%d: %s %s", f.File, f.Line, f.Field, f.Problem)
}

// Faults is everything that is wrong with a file, one on a line.
type Faults []Fault

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i, one := range f {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// nearest gives the known name that name is a slip of, or "". Names are compared without what stands before the last dot.
func nearest(name string, known []string) string {
	best, least := "", 1+len(last(name))/3
	for _, k := range known {
		if d := distance(last(name), last(k)); d <= least {
			best, least = last(k), d-1
		}
	}
	return best
}

func last(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
