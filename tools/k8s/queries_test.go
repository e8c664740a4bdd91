package k8s_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/tools/k8s/queries"
	"github.com/prometheus/prometheus/model/rulefmt"
	"sigs.k8s.io/yaml"
)

// scrape keeps what a worker shows, with the labels that the PodMonitor of the overlay for production gives to it, and that it was up.
func (c *cluster) scrape(t *testing.T, worker, metrics string) {
	t.Helper()
	var monitor struct {
		Metadata struct{ Name, Namespace string }
		Spec     struct {
			PodTargetLabels     []string
			PodMetricsEndpoints []struct{ Port string }
		}
	}
	if err := yaml.Unmarshal([]byte(ofKind(t, "PodMonitor", "countersign")), &monitor); err != nil {
		t.Fatal(err)
	}
	target := map[string]string{
		"job": monitor.Metadata.Namespace + "/" + monitor.Metadata.Name, "namespace": monitor.Metadata.Namespace, "pod": "countersign-" + worker + "-0",
		"container": "worker", "endpoint": monitor.Spec.PodMetricsEndpoints[0].Port, "instance": "10.0.0.1:9090",
	}
	if slices.Contains(monitor.Spec.PodTargetLabels, "app.kubernetes.io/component") {
		target["app_kubernetes_io_component"] = worker
	}
	if err := c.shown.Read(metrics, target); err != nil {
		t.Fatal(err)
	}
	c.shown.Add("up", target)
}

// ofKind is a manifest of the overlay for production.
func ofKind(t *testing.T, kind, name string) string {
	t.Helper()
	for _, r := range built(t, "overlays/production").Resources() {
		if r.GetKind() == kind && r.GetName() == name {
			return r.MustYaml()
		}
	}
	t.Fatalf("the overlay has no %s %s", kind, name)
	return ""
}

func rules(t *testing.T) []queries.Rule {
	t.Helper()
	all, err := queries.ReadRules([]byte(ofKind(t, "PrometheusRule", "countersign")))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// A dashboard, as far as it asks for anything.
type dashboard struct {
	Templating struct {
		List []struct{ Type, Query string }
	}
	Panels []struct {
		Title, Type string
		Targets     []struct{ Expr, LegendFormat string }
	}
}

func readDashboard(t *testing.T) (d dashboard) {
	t.Helper()
	if err := json.Unmarshal([]byte(configMaps(t, "overlays/production")["countersign-dashboard"]["countersign.json"]), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// asked is a query as Grafana asks it where all is chosen.
func asked(expr string) string {
	return strings.NewReplacer("$__rate_interval", "5m", "$namespace", ".+", "$worker", ".+").Replace(expr)
}

var (
	values = regexp.MustCompile(`^label_values\((\w+), (\w+)\)$`)
	legend = regexp.MustCompile(`{{(\w+)}}`)
)

func (c *cluster) checkQueries(t *testing.T) {
	var text strings.Builder
	shown := slices.Clone(c.shown)
	for _, r := range rules(t) {
		text.WriteString(r.Expr + "\n")
		for _, fault := range shown.Faults(r.Expr) {
			t.Errorf("rule %s: %s", r.Name(), fault)
		}
		if r.Record == "" {
			continue
		}
		if err := shown.Record(t.Context(), r); err != nil {
			t.Errorf("rule %s: %v", r.Name(), err)
		}
	}
	d := readDashboard(t)
	if len(d.Panels) < 20 || len(d.Templating.List) != 3 {
		t.Fatalf("the dashboard has %d panels, %d variables", len(d.Panels), len(d.Templating.List))
	}
	for _, v := range d.Templating.List {
		if of := values.FindStringSubmatch(v.Query); of != nil {
			v.Query = "sum by (" + of[2] + ") (" + of[1] + ")"
		} else if v.Type == "query" {
			t.Errorf("a variable asks %s", v.Query)
		}
		if v.Type == "query" && len(shown.Faults(v.Query)) > 0 {
			t.Errorf("a variable asks for what is not there: %q", shown.Faults(v.Query))
		}
	}
	for _, p := range d.Panels {
		for _, target := range p.Targets {
			text.WriteString(target.Expr + "\n")
			drawn(t, shown, p.Title, asked(target.Expr), target.LegendFormat)
		}
	}
	unseen(t, c.shown, text.String())
}

// drawn holds a query of a panel to what it draws: a line at least, each with the labels by which it is named.
func drawn(t *testing.T, shown queries.Scrape, panel, query, format string) {
	t.Helper()
	for _, fault := range shown.Faults(query) {
		t.Errorf("panel %s: %s", panel, fault)
	}
	lines, err := shown.Lines(t.Context(), query)
	if err != nil || len(lines) == 0 {
		t.Errorf("panel %s draws nothing: %s: %v", panel, query, err)
	}
	for _, label := range legend.FindAllStringSubmatch(format, -1) {
		for _, line := range lines {
			if !line.Has(label[1]) {
				t.Errorf("panel %s names a line by %s, and has %s", panel, label[1], line)
			}
		}
	}
}

// unseen finds what is measured and neither drawn nor watched.
func unseen(t *testing.T, shown queries.Scrape, text string) {
	t.Helper()
	for _, name := range shown.Names() {
		base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "_bucket"), "_sum"), "_count")
		if strings.HasPrefix(name, "countersign_") && !strings.Contains(text, base) {
			t.Errorf("nobody looks at %s", name)
		}
	}
}

// Prometheus itself would load the rules: no name twice, every template can be read.
func TestPrometheusTakesTheRules(t *testing.T) {
	var object struct{ Spec any }
	if err := yaml.Unmarshal([]byte(ofKind(t, "PrometheusRule", "countersign")), &object); err != nil {
		t.Fatal(err)
	}
	text, err := yaml.Marshal(object.Spec)
	if err != nil {
		t.Fatal(err)
	}
	groups, faults := rulefmt.Parse(text, false)
	if len(faults) > 0 || len(groups.Groups) < 4 {
		t.Errorf("%d groups, %v", len(groups.Groups), faults)
	}
	for _, r := range rules(t) {
		if r.Alert != "" && !strings.HasPrefix(r.Annotations["runbook_url"], "https://runbooks.example.com/countersign/docs/alerts.md#") {
			t.Errorf("%s leads to %s", r.Alert, r.Annotations["runbook_url"])
		}
	}
}
