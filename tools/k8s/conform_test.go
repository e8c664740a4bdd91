package k8s_test

import (
	"strings"
	"testing"

	"github.com/yannh/kubeconform/pkg/resource"
	"github.com/yannh/kubeconform/pkg/validator"
)

func TestEveryManifestConforms(t *testing.T) {
	v := conformer(t)
	for _, overlay := range every {
		for _, r := range rendered(t, overlay) {
			for _, fault := range faults(v, r) {
				t.Errorf("%s: %s", overlay, fault)
			}
		}
	}
}

func TestWhatKubernetesWouldRefuseIsFound(t *testing.T) {
	v := conformer(t)
	for name, c := range map[string]struct{ kind, from, to string }{
		"a number where a word belongs":      {"Deployment", "enableServiceLinks: false", "enableServiceLinks: 7"},
		"a field of a scaled object":         {"ScaledObject", "minReplicaCount", "minReplicas"},
		"a scaled object's trigger unnamed":  {"ScaledObject", "type: nats-jetstream", "kind: nats-jetstream"},
		"a field of an external secret":      {"ExternalSecret", "remoteRef", "remote"},
		"a field of a monitor":               {"PodMonitor", "podMetricsEndpoints", "endpoints"},
		"a field of a rule":                  {"PrometheusRule", "runbook_url: https", "runbook_url: 7 #"},
		"a path of an ingress without match": {"Ingress", "pathType: Prefix", "backend2: {}"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, r := range rendered(t, "overlays/production") {
				if text := string(r.Bytes); strings.Contains(text, "kind: "+c.kind) && strings.Contains(text, c.from) {
					if len(faults(v, resource.Resource{Bytes: []byte(strings.Replace(text, c.from, c.to, 1))})) > 0 {
						return
					}
				}
			}
			t.Error("nobody saw it")
		})
	}
}

func conformer(t *testing.T) validator.Validator {
	t.Helper()
	v, err := validator.New([]string{schemas(t) + "/{{.ResourceKind}}{{.KindSuffix}}.json"}, validator.Opts{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func rendered(t *testing.T, overlay string) (all []resource.Resource) {
	t.Helper()
	for _, r := range built(t, overlay).Resources() {
		all = append(all, resource.Resource{Bytes: []byte(r.MustYaml())})
	}
	return all
}

func faults(v validator.Validator, r resource.Resource) (all []string) {
	result := v.ValidateResource(r)
	if result.Status != validator.Valid {
		sig, _ := r.Signature()
		all = append(all, sig.QualifiedName()+": "+result.Err.Error())
	}
	return all
}
