// Package sources finds what other projects describe beside their code: what kwok does with nodes and pods, and the kinds that operators define. The
// files are in the modules that go.mod and Definitions name; nothing of them is copied here.
package sources

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// A Definition is a kind that an operator defines: a file of a module.
type Definition struct{ Module, Path string }

const (
	keda               = "github.com/kedacore/keda/v2@v2.21.0"
	prometheusOperator = "github.com/prometheus-operator/prometheus-operator@v0.85.0"
	externalSecrets    = "github.com/external-secrets/external-secrets@v1.3.2"
)

// Definitions are the kinds that components of deploy/k8s use, in the versions that tools/k8s checks against.
var Definitions = []Definition{
	{keda, "config/crd/bases/keda.sh_scaledobjects.yaml"},
	{prometheusOperator, "example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml"},
	{prometheusOperator, "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml"},
	{externalSecrets, "config/crds/bases/external-secrets.io_externalsecrets.yaml"},
}

// File is the path of the definition, fetched if need be.
func (d Definition) File(ctx context.Context) (string, error) {
	dir, err := folder(ctx, os.TempDir(), d.Module)
	return filepath.Join(dir, d.Path), err
}

// folder is where a module lies. Without a version it is the one that the go.mod in dir names.
func folder(ctx context.Context, dir, module string) (string, error) {
	c := exec.CommandContext(ctx, "go", "mod", "download", "-json", module)
	c.Dir, c.Env = dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=")
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	var m struct{ Dir, Error string }
	if failed := json.Unmarshal(out, &m); failed != nil || m.Error != "" || m.Dir == "" {
		return "", fmt.Errorf("fetch %s: %v %s%s\n  remedy: `go env GOPROXY` says where it comes from", module, err, m.Error, errs.String())
	}
	return m.Dir, nil
}

var stages = []string{
	"node/fast/node-initialize.yaml", "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
	"pod/general/pod-create.yaml", "pod/general/pod-ready.yaml", "pod/general/pod-complete.yaml", "pod/general/pod-delete.yaml",
}

// Stages is what kwok is to do, by its own description: a pod is created, becomes ready, completes if it is a Job's, and goes when it is
// deleted, each a second after it may. go.mod in the folder says which kwok.
func Stages(ctx context.Context, module string) ([]byte, error) {
	dir, err := folder(ctx, module, "sigs.k8s.io/kwok")
	if err != nil {
		return nil, err
	}
	var all bytes.Buffer
	for _, name := range stages {
		text, err := os.ReadFile(filepath.Join(dir, "kustomize/stage", name))
		if err != nil {
			return nil, err
		}
		stage, err := paced(text, 1000)
		if err != nil {
			return nil, fmt.Errorf("read stage %s: %w", name, err)
		}
		all.WriteString("---\n" + strings.TrimSpace(string(stage)) + "\n")
	}
	return all.Bytes(), nil
}

// paced lets a stage of pods take the given time: kwok's own takes one by chance, up to a pod's whole time to end.
func paced(stage []byte, milliseconds int) ([]byte, error) {
	var s struct {
		APIVersion string         `json:"apiVersion"`
		Kind       string         `json:"kind"`
		Metadata   map[string]any `json:"metadata"`
		Spec       map[string]any `json:"spec"`
	}
	if err := yaml.Unmarshal(stage, &s); err != nil {
		return nil, err
	}
	of, ok := s.Spec["resourceRef"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("it is of no resource")
	}
	if of["kind"] == "Pod" {
		s.Spec["delay"] = map[string]any{"durationMilliseconds": milliseconds}
	}
	return yaml.Marshal(s)
}
