package k8s_test

import (
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
)

var workers = []string{"enroll", "verify", "notifier", "recovery"}

// pods are the templates of everything in an overlay that makes pods, by name.
func pods(t *testing.T, overlay string) map[string]core.PodSpec {
	t.Helper()
	all := map[string]core.PodSpec{}
	for _, r := range built(t, overlay).Resources() {
		if isOther(r.GetApiVersion()) {
			continue
		}
		o, err := read([]byte(r.MustYaml()))
		if err != nil {
			t.Fatal(err)
		}
		switch o := o.(type) {
		case *apps.Deployment:
			all[o.Name] = o.Spec.Template.Spec
		case *apps.StatefulSet:
			all[o.Name] = o.Spec.Template.Spec
		case *batch.Job:
			all[o.Name] = o.Spec.Template.Spec
		}
	}
	return all
}

func TestNoPodMayMoreThanItMust(t *testing.T) {
	for _, overlay := range overlays {
		all := pods(t, overlay)
		if len(all) < 6 {
			t.Fatalf("%s has %v", overlay, slices.Collect(maps.Keys(all)))
		}
		for name, p := range all {
			for _, fault := range loose(p) {
				t.Errorf("%s: %s %s", overlay, name, fault)
			}
		}
	}
}

func loose(p core.PodSpec) (faults []string) {
	must := func(ok bool, fault string) {
		if !ok {
			faults = append(faults, fault)
		}
	}
	must(p.AutomountServiceAccountToken != nil && !*p.AutomountServiceAccountToken, "gets a token of the cluster")
	must(p.EnableServiceLinks != nil && !*p.EnableServiceLinks, "gets the names of services into its environment")
	must(p.SecurityContext != nil && *p.SecurityContext.RunAsNonRoot && p.SecurityContext.SeccompProfile.Type == core.SeccompProfileTypeRuntimeDefault, "may be root")
	for _, c := range p.Containers {
		s := c.SecurityContext
		must(s != nil && !*s.AllowPrivilegeEscalation && *s.ReadOnlyRootFilesystem && slices.Equal(s.Capabilities.Drop, []core.Capability{"ALL"}), "has rights in its container")
		must(!c.Resources.Limits.Memory().IsZero() && !c.Resources.Requests.Memory().IsZero() && !c.Resources.Requests.Cpu().IsZero(), "takes memory without a bound")
	}
	return faults
}

func TestEveryWorkerHasItsTimeToEnd(t *testing.T) {
	all := pods(t, "base")
	for _, worker := range workers {
		p := all["countersign-"+worker]
		c := p.Containers[0]
		drain, err := time.ParseDuration(defaultOf(t, worker, "COUNTERSIGN_DRAIN_TIMEOUT"))
		if err != nil {
			t.Fatal(err)
		}
		if c.Lifecycle != nil {
			drain += time.Duration(c.Lifecycle.PreStop.Sleep.Seconds) * time.Second
		}
		if grace := time.Duration(*p.TerminationGracePeriodSeconds) * time.Second; grace < drain+5*time.Second {
			t.Errorf("%s is killed after %s, and drains for %s", worker, grace, drain)
		}
		if c.ReadinessProbe.HTTPGet.Path != "/readyz" || c.LivenessProbe.HTTPGet.Path != "/livez" || c.StartupProbe == nil || len(p.TopologySpreadConstraints) != 2 {
			t.Errorf("%s: probes %+v, spread %+v", worker, c.LivenessProbe, p.TopologySpreadConstraints)
		}
	}
}

func TestEveryWorkerHasItsOwnBudgetOfDisruptions(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range built(t, "base").Resources() {
		o, err := read([]byte(r.MustYaml()))
		if b, ok := o.(*policy.PodDisruptionBudget); ok && err == nil {
			seen[b.Spec.Selector.MatchLabels["app.kubernetes.io/component"]] = b.Spec.MaxUnavailable.IntValue() == 1
		}
	}
	for _, worker := range workers {
		if !seen[worker] {
			t.Errorf("%s: any number of it may go at once", worker)
		}
	}
}

// told is what a worker's own --help says of its settings.
func told(t *testing.T, worker string) string {
	t.Helper()
	commands, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(filepath.Join(commands, worker), "--help").CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return string(text)
}

func defaultOf(t *testing.T, worker, name string) string {
	t.Helper()
	found := regexp.MustCompile(name + ` \(default (\S+)\)`).FindStringSubmatch(told(t, worker))
	if found == nil {
		t.Fatalf("%s has no default of %s", worker, name)
	}
	return found[1]
}

func TestNoSettingIsMisspelled(t *testing.T) {
	for _, overlay := range overlays {
		for _, worker := range workers {
			help := told(t, worker)
			for name := range environment(t, overlay, "countersign-"+worker) {
				setting := strings.TrimSuffix(name, "_FILE")
				if strings.HasPrefix(name, "COUNTERSIGN_") && !strings.Contains(help, "  "+setting+" ") && !strings.Contains(help, "  "+setting+"\n") &&
					!strings.Contains(help, "  "+name+" ") && !strings.Contains(help, "  "+name+"\n") {
					t.Errorf("%s: %s reads no %s", overlay, worker, name)
				}
			}
		}
	}
}

// environment is what the first container of a pod finds, from its own list and from its ConfigMaps.
func environment(t *testing.T, overlay, pod string) map[string]string {
	t.Helper()
	maps, all := configMaps(t, overlay), map[string]string{}
	c := pods(t, overlay)[pod].Containers[0]
	for _, from := range c.EnvFrom {
		data, ok := maps[from.ConfigMapRef.Name]
		if !ok && (from.ConfigMapRef.Optional == nil || !*from.ConfigMapRef.Optional) {
			t.Errorf("%s: %s needs a ConfigMap %s that is not there", overlay, pod, from.ConfigMapRef.Name)
		}
		for k, v := range data {
			all[k] = v
		}
	}
	for _, e := range c.Env {
		all[e.Name] = e.Value
	}
	return all
}

func configMaps(t *testing.T, overlay string) map[string]map[string]string {
	t.Helper()
	all := map[string]map[string]string{}
	for _, r := range built(t, overlay).Resources() {
		if r.GetKind() == "ConfigMap" {
			all[r.GetName()] = r.GetDataMap()
		}
	}
	return all
}
