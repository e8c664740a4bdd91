package k8s_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// Where schemas come from: modules that hold them beside their code.
const (
	kubernetes         = "k8s.io/kubernetes@v1.36.3"
	keda               = "github.com/kedacore/keda/v2@v2.21.0"
	prometheusOperator = "github.com/prometheus-operator/prometheus-operator@v0.85.0"
	externalSecrets    = "github.com/external-secrets/external-secrets@v1.3.2"
)

var definitions = map[string][]string{
	keda: {"config/crd/bases/keda.sh_scaledobjects.yaml"},
	prometheusOperator: {
		"example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml", "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
	},
	externalSecrets: {"config/crds/bases/external-secrets.io_externalsecrets.yaml"},
}

// schemas writes one JSON Schema for each kind into a folder. Each is named <kind>-<group>-<version>.json in lower case, and allows no field
// that is not described.
func schemas(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	builtIn(t, dir, filepath.Join(module(t, kubernetes), "api/openapi-spec/swagger.json"))
	for from, files := range definitions {
		at := module(t, from)
		for _, file := range files {
			defined(t, dir, filepath.Join(at, file))
		}
	}
	return dir
}

// module is the folder of a module, fetched if need be.
func module(t *testing.T, at string) string {
	t.Helper()
	c := exec.Command("go", "mod", "download", "-json", at)
	c.Dir, c.Env = t.TempDir(), append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	out, err := c.Output()
	var m struct{ Dir, Error string }
	if failed := json.Unmarshal(out, &m); failed != nil || m.Error != "" || err != nil && m.Dir == "" {
		t.Fatalf("fetch %s: %v %s: `go env GOPROXY` says where it comes from", at, err, m.Error)
	}
	return m.Dir
}

type object = map[string]any

func builtIn(t *testing.T, dir, path string) {
	t.Helper()
	var doc struct{ Definitions map[string]object }
	unmarshal(t, path, &doc)
	for name, d := range doc.Definitions {
		closed(d)
		kinds, _ := d["x-kubernetes-group-version-kind"].([]any)
		for _, k := range kinds {
			k := k.(object)
			group, _ := k["group"].(string)
			write(t, dir, group, k["kind"].(string), k["version"].(string), object{"$ref": "definitions.json#/definitions/" + name})
		}
	}
	save(t, filepath.Join(dir, "definitions.json"), object{"definitions": doc.Definitions})
}

func defined(t *testing.T, dir, path string) {
	t.Helper()
	var crd struct {
		Spec struct {
			Group    string
			Names    struct{ Kind string }
			Versions []struct {
				Name   string
				Schema struct{ OpenAPIV3Schema object }
			}
		}
	}
	unmarshal(t, path, &crd)
	for _, v := range crd.Spec.Versions {
		closed(v.Schema.OpenAPIV3Schema)
		// The API server describes metadata by itself: here it is any object.
		v.Schema.OpenAPIV3Schema["properties"].(object)["metadata"] = object{"type": "object"}
		write(t, dir, crd.Spec.Group, crd.Spec.Names.Kind, v.Name, v.Schema.OpenAPIV3Schema)
	}
}

// closed makes every object of a schema refuse what it does not describe, where it describes anything. What Kubernetes writes as a
// number or a string is both.
func closed(schema any) {
	switch s := schema.(type) {
	case object:
		if _, described := s["properties"]; described && s["additionalProperties"] == nil && s["x-kubernetes-preserve-unknown-fields"] == nil {
			s["additionalProperties"] = false
		}
		if s["format"] == "int-or-string" || s["x-kubernetes-int-or-string"] == true {
			s["type"] = []string{"string", "integer"}
			delete(s, "anyOf")
			delete(s, "format")
		}
		for _, inner := range s {
			closed(inner)
		}
	case []any:
		for _, inner := range s {
			closed(inner)
		}
	}
}

func write(t *testing.T, dir, group, kind, version string, schema object) {
	t.Helper()
	group, _, _ = strings.Cut(group, ".") // kubeconform's own way to name a group
	name := strings.ReplaceAll(fmt.Sprintf("%s-%s-%s", kind, group, version), "--", "-")
	save(t, filepath.Join(dir, strings.ToLower(name)+".json"), schema)
}

func save(t *testing.T, path string, v any) {
	t.Helper()
	raw, err := json.Marshal(v)
	if err == nil {
		err = os.WriteFile(path, raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func unmarshal(t *testing.T, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err == nil {
		err = yaml.Unmarshal(raw, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}
