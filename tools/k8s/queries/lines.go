package queries

import (
	"context"
	"time"

	"github.com/prometheus/prometheus/model/labels"
)

// goesOn is how long the series of a scrape are taken to have gone on, each by one more at every step.
const goesOn = 10 * time.Minute

// Lines are the label sets that a query would draw if every series that was seen grew.
func (s Scrape) Lines(ctx context.Context, query string) (lines []labels.Labels, err error) {
	var m memory
	var values []float64
	for v := range int(goesOn/step) + 1 {
		values = append(values, float64(v))
	}
	for _, series := range s {
		m.put(series, begin, values)
	}
	found, err := m.matrix(ctx, query, goesOn, goesOn)
	for _, line := range found {
		lines = append(lines, line.Metric)
	}
	return lines, err
}

// Record adds what a rule would record of what was seen.
func (s *Scrape) Record(ctx context.Context, r Rule) error {
	lines, err := s.Lines(ctx, r.Expr)
	for _, line := range lines {
		s.Add(r.Record, line.Map())
	}
	return err
}
