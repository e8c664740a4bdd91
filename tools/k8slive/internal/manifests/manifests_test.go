package manifests_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"countersign/tools/k8slive/internal/manifests"
)

const verify = `
kind: Deployment
apiVersion: apps/v1
metadata: {name: verify}
spec:
  template:
    metadata: {labels: {component: verify}}
    spec:
      containers:
      - name: worker
        envFrom: [{configMapRef: {name: settings}}, {configMapRef: {name: more, optional: true}}]
        env: [{name: KEY, valueFrom: {secretKeyRef: {name: key, key: k}}}]
      volumes:
      - {name: policy, configMap: {name: policy}}
      - {name: secrets, secret: {secretName: verify}}`

const budget = `
kind: PodDisruptionBudget
apiVersion: policy/v1
metadata: {name: verify}
spec: {maxUnavailable: 1, selector: {matchLabels: {component: COMPONENT}}}`

func TestOneBudgetForEveryPod(t *testing.T) {
	right, wrong := strings.Replace(budget, "COMPONENT", "verify", 1), strings.Replace(budget, "COMPONENT", "verifier", 1)
	for name, c := range map[string]struct {
		objects []string
		want    string
	}{
		"a budget that matches is enough":           {[]string{verify, right}, ""},
		"pods without a budget all go at once":      {[]string{verify}, "no budget matches the pods of verify"},
		"a budget that matches no pod is no budget": {[]string{verify, wrong}, "no budget matches the pods of verify"},
		"two budgets let none go":                   {[]string{verify, right, right}, "2 budgets match the pods of verify"},
	} {
		t.Run(name, func(t *testing.T) {
			faults, err := read(t, c.objects...).Unguarded()
			if got := strings.Join(faults, "\n"); err != nil || !strings.HasPrefix(got, c.want) || (c.want == "") != (got == "") {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestWhatPodsMountIsBrought(t *testing.T) {
	missing := read(t, verify).Missing()
	slices.Sort(missing)
	want := []string{
		"ConfigMap policy, which verify wants", "ConfigMap settings, which verify wants",
		"Secret key, which verify wants", "Secret verify, which verify wants",
	}
	if !slices.Equal(missing, want) {
		t.Errorf("%q", missing)
	}
	brought := []string{
		verify, "{kind: ConfigMap, apiVersion: v1, metadata: {name: policy}}", "{kind: ConfigMap, apiVersion: v1, metadata: {name: settings}}",
		"{kind: ExternalSecret, apiVersion: external-secrets.io/v1, metadata: {name: a}, spec: {target: {name: key}}}",
		"{kind: ExternalSecret, apiVersion: external-secrets.io/v1, metadata: {name: b}, spec: {target: {name: verify}}}",
	}
	if missing := read(t, brought...).Missing(); len(missing) > 0 {
		t.Errorf("%q", missing)
	}
}

func read(t *testing.T, objects ...string) manifests.Objects {
	t.Helper()
	items := make([]any, len(objects))
	for i, o := range objects {
		if err := yaml.Unmarshal([]byte(o), &items[i]); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := json.Marshal(map[string]any{"kind": "List", "apiVersion": "v1", "items": items})
	if err != nil {
		t.Fatal(err)
	}
	o, err := manifests.Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestTheOverlayHasWhatIsChangedInIt(t *testing.T) {
	c, err := manifests.CopyOf("../../../../deploy/k8s", filepath.Join(t.TempDir(), "k8s"))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Fill([]byte("a certificate")); err != nil {
		t.Error(err)
	}
	if err := c.Release("v0.1.0", "v0.1.1"); err != nil {
		t.Error(err)
	}
	if err := c.Release("v0.1.0", "v0.1.1"); err == nil {
		t.Error("what is not there is changed")
	}
	dir, err := c.ScaledByCPU()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "kustomization.yaml"))
	if err != nil || strings.Contains(string(text), "components/keda") {
		t.Errorf("%v: two scale one deployment:\n%s", err, text)
	}
}
