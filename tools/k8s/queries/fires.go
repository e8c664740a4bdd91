package queries

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/template"
)

// begin is when the series of a test begin.
var begin = time.Unix(1_700_000_000, 0)

// Fires says which alerts fire, after so long, over series that are written as promtool's unit tests write them, one value each 15 s:
// `name{label="value"} 0+5x40`. It returns their summaries by their names.
func Fires(ctx context.Context, rules []Rule, series []string, after time.Duration) (map[string][]string, error) {
	var m memory
	for _, line := range series {
		if err := m.load(line); err != nil {
			return nil, err
		}
	}
	fired := map[string][]string{}
	for _, r := range rules {
		if r.Record != "" {
			if err := m.record(ctx, r, after); err != nil {
				return nil, fmt.Errorf("record %s: %w", r.Record, err)
			}
			continue
		}
		said, err := m.alert(ctx, r, after)
		if err != nil {
			return nil, fmt.Errorf("evaluate %s: %w", r.Alert, err)
		}
		if len(said) > 0 {
			fired[r.Alert] = said
		}
	}
	return fired, nil
}

func (m *memory) load(line string) error {
	of, sequence, err := parser.ParseSeriesDesc(line)
	if err != nil {
		return fmt.Errorf("read series %s: %w", line, err)
	}
	var values []float64
	for _, v := range sequence {
		values = append(values, v.Value)
	}
	m.put(of, begin, values)
	return nil
}

func (m *memory) matrix(ctx context.Context, expr string, from, to time.Duration) (promql.Matrix, error) {
	q, err := newEngine().NewRangeQuery(ctx, *m, nil, expr, begin.Add(from), begin.Add(to), step)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	r := q.Exec(ctx)
	if r.Err != nil {
		return nil, r.Err
	}
	found, err := r.Matrix()
	for i := range found { // the engine takes its memory back
		found[i].Floats = append([]promql.FPoint(nil), found[i].Floats...)
	}
	return found, err
}

func (m *memory) record(ctx context.Context, r Rule, until time.Duration) error {
	found, err := m.matrix(ctx, r.Expr, 0, until)
	if err != nil {
		return err
	}
	for _, s := range found {
		var values []float64
		for _, p := range s.Floats {
			values = append(values, p.F)
		}
		m.put(labels.NewBuilder(s.Metric).Set(labels.MetricName, r.Record).Labels(), time.UnixMilli(s.Floats[0].T), values)
	}
	return nil
}

// alert returns the summary of each series that the expression has had all the time that the rule asks for.
func (m *memory) alert(ctx context.Context, r Rule, at time.Duration) (said []string, err error) {
	lasts := time.Duration(r.For)
	found, err := m.matrix(ctx, r.Expr, at-lasts, at)
	if err != nil {
		return nil, err
	}
	for _, s := range found {
		if len(s.Floats) != int(lasts/step)+1 {
			continue
		}
		text, err := summary(ctx, r, promql.Sample{Metric: s.Metric, F: s.Floats[len(s.Floats)-1].F})
		if err != nil {
			return nil, err
		}
		said = append(said, text)
	}
	return said, nil
}

// summary is as Alertmanager would be told it. A label that the alert does not have is an error.
func summary(ctx context.Context, r Rule, of promql.Sample) (string, error) {
	data := template.AlertTemplateData(of.Metric.Map(), nil, "", of)
	text := `{{$labels := .Labels}}{{$value := .Value}}` + r.Annotations["summary"]
	e := template.NewTemplateExpander(ctx, text, r.Alert, data, model.TimeFromUnix(begin.Unix()), nil, &url.URL{}, []string{"missingkey=error"})
	return e.Expand()
}
