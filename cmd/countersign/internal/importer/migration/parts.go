package migration

import (
	"fmt"
	"slices"

	"countersign/cmd/countersign/internal/importer"
)

// exports are the parts that were seen, by the export that they belong to.
type exports map[uint64]*export

type export struct {
	line  int // of the part that came last
	parts uint64
	seen  map[uint64]bool
}

// maxParts bounds what a code may say: an app shows some ten.
const maxParts = 1000

func (e exports) note(line int, p payload) {
	if p.parts < 2 || p.parts > maxParts {
		return
	}
	if e[p.export] == nil {
		e[p.export] = &export{parts: p.parts, seen: map[uint64]bool{}}
	}
	e[p.export].line = line
	e[p.export].seen[p.part] = true
}

// missing gives a fault for each part that did not come, in the order of lines.
func (e exports) missing() (all []*importer.Fault) {
	for _, x := range e {
		for part := range x.parts {
			if !x.seen[part] {
				what := fmt.Sprintf("code %d of the %d that this one belongs to is missing", part+1, x.parts)
				all = append(all, &importer.Fault{Line: x.line, What: what, Remedy: "scan it as well, and add its line"})
			}
		}
	}
	slices.SortFunc(all, func(a, b *importer.Fault) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return slices.Compare([]byte(a.What), []byte(b.What))
	})
	return all
}
