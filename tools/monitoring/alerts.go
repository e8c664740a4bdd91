package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"strings"
	"text/template"

	"github.com/goccy/go-yaml"
)

// A file is a PrometheusRule, as far as the page tells of it.
type file struct {
	Spec struct {
		Groups []group `yaml:"groups"`
	} `yaml:"spec"`
}

type group struct {
	Name  string `yaml:"name"`
	Rules []rule `yaml:"rules"`
}

type rule struct {
	Alert       string      `yaml:"alert"`
	Expr        string      `yaml:"expr"`
	For         string      `yaml:"for"`
	Labels      labels      `yaml:"labels"`
	Annotations annotations `yaml:"annotations"`
}

type labels struct {
	Severity string `yaml:"severity"`
}

type annotations struct {
	Summary     string `yaml:"summary"`
	Description string `yaml:"description"`
	Action      string `yaml:"action"`
	Runbook     string `yaml:"runbook_url"`
}

//go:embed alerts.md.tmpl
var alertsText string

var alertsTemplate = template.Must(template.New("alerts").Funcs(template.FuncMap{"lower": strings.ToLower}).Parse(alertsText))

// alertsPage writes the page. An alert that does not say all of it is an error: somebody is woken by it.
func alertsPage(text []byte) ([]byte, error) {
	var f file
	if err := yaml.Unmarshal(text, &f); err != nil {
		return nil, err
	}
	var alerts []rule
	for _, g := range f.Spec.Groups {
		for _, r := range g.Rules {
			if r.Alert == "" {
				continue
			}
			if err := r.whole(); err != nil {
				return nil, fmt.Errorf("alert %s: %w", r.Alert, err)
			}
			alerts = append(alerts, r)
		}
	}
	var out bytes.Buffer
	err := alertsTemplate.Execute(&out, alerts)
	return out.Bytes(), err
}

func (r rule) whole() error {
	a := r.Annotations
	switch {
	case r.Labels.Severity != "critical" && r.Labels.Severity != "warning":
		return fmt.Errorf("severity %q is neither critical nor warning", r.Labels.Severity)
	case a.Summary == "" || a.Description == "" || a.Action == "":
		return errors.New("no summary, no description or no action")
	case !strings.HasSuffix(a.Runbook, "docs/alerts.md#"+strings.ToLower(r.Alert)):
		return fmt.Errorf("runbook_url %q does not lead to its own place on the page", a.Runbook)
	}
	return nil
}

// After is how long it must hold, in words.
func (r rule) After() string {
	if r.For == "" {
		return "at once"
	}
	return "after " + r.For
}
