package k8s_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	core "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// What no overlay takes would be held to nothing here.
func TestEveryComponentIsTried(t *testing.T) {
	var taken strings.Builder
	for _, overlay := range every {
		text, err := os.ReadFile(filepath.Join(manifests(t), overlay, "kustomization.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		taken.Write(text)
	}
	folders, err := os.ReadDir(filepath.Join(root, "deploy/k8s/components"))
	if err != nil || len(folders) < 9 {
		t.Fatalf("%d components: %v", len(folders), err)
	}
	for _, f := range folders {
		if !strings.Contains(taken.String(), "- ../../components/"+f.Name()+"\n") {
			t.Errorf("nobody takes components/%s", f.Name())
		}
	}
}

func TestEveryPodHasAnAccountWithoutAToken(t *testing.T) {
	for _, overlay := range overlays {
		tokens := map[string]bool{}
		for _, r := range built(t, overlay).Resources() {
			if r.GetKind() != "ServiceAccount" {
				continue
			}
			o, err := read([]byte(r.MustYaml()))
			if err != nil {
				t.Fatal(err)
			}
			a := o.(*core.ServiceAccount)
			tokens[a.Name] = a.AutomountServiceAccountToken == nil || *a.AutomountServiceAccountToken
		}
		all := pods(t, overlay)
		for _, name := range append(prefixed("countersign-", workers), "countersign-streams", "nats") {
			token, there := tokens[all[name].ServiceAccountName]
			if !there || token || all[name].ServiceAccountName != name {
				t.Errorf("%s: %s has the account %q: there %v, with a token %v", overlay, name, all[name].ServiceAccountName, there, token)
			}
		}
	}
}

// Each worker is scaled by one, on its own, in one place and the other; and the two have the same bounds.
func TestEveryWorkerIsScaledOnItsOwn(t *testing.T) {
	keda, cpu := scaling(t, "overlays/production"), scaling(t, byCPU)
	if want := prefixed("countersign-", workers); !slices.Equal(slices.Sorted(maps.Keys(keda)), slices.Sorted(slices.Values(want))) || !maps.Equal(keda, cpu) {
		t.Errorf("KEDA scales %v, HPAs %v", keda, cpu)
	}
}

type bounds struct{ least, most int }

func scaling(t *testing.T, overlay string) map[string]bounds {
	t.Helper()
	all := map[string]bounds{}
	for _, r := range built(t, overlay).Resources() {
		var s struct {
			Kind string
			Spec struct {
				ScaleTargetRef                                             struct{ Kind, Name string }
				MinReplicaCount, MaxReplicaCount, MinReplicas, MaxReplicas int
			}
		}
		if err := yaml.Unmarshal([]byte(r.MustYaml()), &s); err != nil {
			t.Fatal(err)
		}
		if s.Kind != "ScaledObject" && s.Kind != "HorizontalPodAutoscaler" {
			continue
		}
		of := s.Spec.ScaleTargetRef.Name
		if _, twice := all[of]; twice {
			t.Errorf("%s: two scale %s", overlay, of)
		}
		all[of] = bounds{s.Spec.MinReplicaCount + s.Spec.MinReplicas, s.Spec.MaxReplicaCount + s.Spec.MaxReplicas}
	}
	return all
}

func prefixed(prefix string, names []string) (all []string) {
	for _, n := range names {
		all = append(all, prefix+n)
	}
	return all
}
