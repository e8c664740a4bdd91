package main

import "strings"

// A view is one panel: what it shows, in which of Grafana's units.
type view struct {
	title   string
	tells   string // for whoever hovers over it
	unit    string
	stat    bool    // one number, not a line over time
	bad     float64 // from here on it is red; 0: never
	queries []query
}

// A query and the names of its lines. Of says of which series: {of} stands for the matchers of what is chosen above.
type query struct{ expr, legend string }

type section struct {
	title string
	views []view
}

const (
	ofWorkers = `namespace=~"$namespace", worker=~"$worker"`
	ofAll     = `namespace=~"$namespace"`
)

func (v view) size() (w, h int) {
	if v.stat {
		return small, low
	}
	return large, high
}

func (v view) panel(id int, at place) panel {
	p := panel{ID: id, Type: "timeseries", Title: v.title, Description: v.tells, GridPos: at, Datasource: prometheus}
	if v.stat {
		p.Type = "stat"
	}
	for i, q := range v.queries {
		expr := strings.NewReplacer("{of}", "{"+ofWorkers+"}", "{of,", "{"+ofWorkers+", ", "{all}", "{"+ofAll+"}", "{all,", "{"+ofAll+", ").Replace(q.expr)
		p.Targets = append(p.Targets, target{string(rune('A' + i)), expr, q.legend})
	}
	steps := []step{{Color: "green"}}
	if v.bad > 0 {
		steps = append(steps, step{"red", &v.bad})
	}
	p.FieldConfig = &fieldConfig{Defaults: defaults{Unit: v.unit, Thresholds: thresholds{"absolute", steps}}, Overrides: []struct{}{}}
	return p
}

// quantiles are the middle and the slowest hundredth of a histogram.
func quantiles(of, matchers, by string) []query {
	line := func(q, name string) query {
		legend := name
		for _, l := range strings.Split(by, ", ") {
			legend += " {{" + l + "}}"
		}
		return query{"histogram_quantile(" + q + ", sum by (" + by + ", le) (rate(" + of + "_bucket" + matchers + "[$__rate_interval])))", legend}
	}
	return []query{line("0.5", "p50"), line("0.99", "p99")}
}
