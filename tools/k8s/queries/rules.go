package queries

import (
	"fmt"

	"github.com/prometheus/common/model"
	"sigs.k8s.io/yaml"
)

// A Rule records or alerts.
type Rule struct {
	Record, Alert, Expr string
	For                 model.Duration
	Labels              map[string]string
	Annotations         map[string]string
}

// Name is what it records or how it alerts.
func (r Rule) Name() string { return r.Record + r.Alert }

// ReadRules reads a PrometheusRule, strictly.
func ReadRules(manifest []byte) ([]Rule, error) {
	var object struct {
		APIVersion, Kind string
		Metadata         map[string]any
		Spec             struct {
			Groups []struct {
				Name  string
				Rules []Rule
			}
		}
	}
	if err := yaml.UnmarshalStrict(manifest, &object); err != nil {
		return nil, fmt.Errorf("read rules: %w", err)
	}
	var all []Rule
	for _, g := range object.Spec.Groups {
		all = append(all, g.Rules...)
	}
	return all, nil
}
