package queries

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
)

// A Scrape is the series that were seen, without their values.
type Scrape []labels.Labels

// Read adds what a process shows at /metrics, with the labels that Prometheus gives to its target.
func (s *Scrape) Read(metrics string, target map[string]string) error {
	var parser expfmt.TextParser
	families, err := parser.TextToMetricFamilies(strings.NewReader(metrics))
	if err != nil {
		return fmt.Errorf("read metrics: %w", err)
	}
	var all model.Vector
	for _, family := range families {
		v, err := expfmt.ExtractSamples(&expfmt.DecodeOptions{}, family)
		if err != nil {
			return fmt.Errorf("read metric %s: %w", family.GetName(), err)
		}
		all = append(all, v...)
	}
	for _, sample := range all {
		s.Add(string(sample.Metric[model.MetricNameLabel]), merged(sample.Metric, target))
	}
	return nil
}

func merged(m model.Metric, target map[string]string) map[string]string {
	all := map[string]string{}
	for name, value := range m {
		all[string(name)] = string(value)
	}
	for name, value := range target { // a target's own labels win, as with honorLabels: false
		all[name] = value
	}
	return all
}

// Add adds one series.
func (s *Scrape) Add(name string, with map[string]string) {
	b := labels.NewBuilder(labels.FromMap(with))
	*s = append(*s, b.Set(labels.MetricName, name).Labels())
}

func (s Scrape) named(name string) (found Scrape) {
	for _, series := range s {
		if series.Get(labels.MetricName) == name {
			found = append(found, series)
		}
	}
	return found
}

// Names are the metrics that were seen.
func (s Scrape) Names() (all []string) {
	for _, series := range s {
		all = append(all, series.Get(labels.MetricName))
	}
	slices.Sort(all)
	return slices.Compact(all)
}
