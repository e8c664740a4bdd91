package queries

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// Faults says what a query names that no series has: a metric, a label that it selects, groups or matches by, a value. An expression that
// cannot be parsed is one.
func (s Scrape) Faults(query string) (faults []string) {
	e, err := parser.ParseExpr(query)
	if err != nil {
		return []string{fmt.Sprintf("parse %s: %v", query, err)}
	}
	parser.Inspect(e, func(n parser.Node, _ []parser.Node) error {
		switch n := n.(type) {
		case *parser.VectorSelector:
			faults = append(faults, s.selected(n)...)
		case *parser.AggregateExpr:
			faults = append(faults, s.grouped(n.Expr, n.Grouping)...)
		case *parser.BinaryExpr:
			if n.VectorMatching != nil {
				faults = append(faults, s.grouped(n.LHS, n.VectorMatching.MatchingLabels)...)
				faults = append(faults, s.grouped(n.RHS, n.VectorMatching.MatchingLabels)...)
			}
		}
		return nil
	})
	slices.Sort(faults)
	return slices.Compact(faults)
}

// selected holds every word of every matcher to what is there; a regular expression of alternatives is as many words.
func (s Scrape) selected(n *parser.VectorSelector) (faults []string) {
	all := s.named(n.Name)
	if len(all) == 0 {
		return []string{"no metric " + n.Name}
	}
	left := all
	for _, m := range n.LabelMatchers {
		if m.Name == labels.MetricName {
			continue
		}
		if !all.has(m.Name) {
			faults = append(faults, fmt.Sprintf("%s has no label %s", n.Name, m.Name))
			continue
		}
		for word := range strings.SplitSeq(m.Value, "|") {
			if !all.value(m.Name, word, m.Type) {
				faults = append(faults, fmt.Sprintf("%s has no %s %s", n.Name, m.Name, word))
			}
		}
		if m.Type == labels.MatchEqual || m.Type == labels.MatchRegexp { // of what is left out, all there is may be left out
			left = slices.DeleteFunc(slices.Clone(left), func(series labels.Labels) bool { return !m.Matches(series.Get(m.Name)) })
		}
	}
	if len(faults) == 0 && len(left) == 0 {
		faults = append(faults, "nothing is selected by "+n.String())
	}
	return faults
}

func (s Scrape) has(label string) bool {
	return slices.ContainsFunc(s, func(series labels.Labels) bool { return series.Has(label) })
}

// value looks for a word that a matcher names, also where it names it to leave it out.
func (s Scrape) value(label, word string, of labels.MatchType) bool {
	kind := labels.MatchEqual
	if of == labels.MatchRegexp || of == labels.MatchNotRegexp {
		kind = labels.MatchRegexp
	}
	m, err := labels.NewMatcher(kind, label, word)
	return err == nil && slices.ContainsFunc(s, func(series labels.Labels) bool { return series.Has(label) && m.Matches(series.Get(label)) })
}

// grouped holds labels to the series below an expression: one of its metrics must have each.
func (s Scrape) grouped(below parser.Expr, by []string) (faults []string) {
	var there Scrape
	parser.Inspect(below, func(n parser.Node, _ []parser.Node) error {
		if v, ok := n.(*parser.VectorSelector); ok {
			there = append(there, s.named(v.Name)...)
		}
		return nil
	})
	for _, label := range by {
		if len(there) > 0 && !there.has(label) {
			faults = append(faults, fmt.Sprintf("%s has no label %s to group by", below, label))
		}
	}
	return faults
}
