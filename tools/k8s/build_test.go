package k8s_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/resmap"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

const root = "../.."

// overlays are what people apply.
var overlays = []string{"overlays/dev", "overlays/production"}

// byCPU is the overlay for production with components/hpa for components/keda, for clusters without KEDA; it is made when manifests are copied.
const byCPU = "overlays/production-hpa"

// every has each component in one overlay at least.
var every = append(slices.Clone(overlays), byCPU)

// built is what `kubectl kustomize` prints of a folder of deploy/k8s.
func built(t *testing.T, folder string) resmap.ResMap {
	t.Helper()
	m, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), filepath.Join(manifests(t), folder))
	if err != nil {
		t.Fatalf("build %s: %v", folder, err)
	}
	return m
}

// manifests is a copy of deploy/k8s in which the overlay for development has its secrets: its own script has made them.
func manifests(t *testing.T) string {
	t.Helper()
	dir, err := copied()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

var copied = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "countersign-k8s-")
	if err != nil {
		return "", err
	}
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, "deploy/k8s"))); err != nil {
		return dir, err
	}
	if err := os.RemoveAll(filepath.Join(dir, "overlays/dev/.secrets")); err != nil {
		return dir, err
	}
	if err := scaleByCPU(dir); err != nil {
		return dir, err
	}
	commands, err := programs()
	if err != nil {
		return dir, err
	}
	secrets := exec.Command(filepath.Join(dir, "overlays/dev/secrets"))
	secrets.Env = append(os.Environ(), "PATH="+commands+":"+os.Getenv("PATH"))
	return dir, said(secrets)
})

func scaleByCPU(dir string) error {
	if err := os.CopyFS(filepath.Join(dir, byCPU), os.DirFS(filepath.Join(dir, "overlays/production"))); err != nil {
		return err
	}
	path := filepath.Join(dir, byCPU, "kustomization.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, bytes.Replace(text, []byte("../../components/keda\n"), []byte("../../components/hpa\n"), 1), 0o600)
}

// programs is a folder with the five commands.
var programs = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "countersign-programs-")
	if err != nil {
		return "", err
	}
	for module, command := range map[string]string{
		"cmd/countersign": ".", "services/enroll": "./cmd/enroll", "services/verify": "./cmd/verify",
		"services/notifier": "./cmd/notifier", "services/recovery": "./cmd/recovery",
	} {
		build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), command)
		build.Dir = filepath.Join(root, module)
		if err := said(build); err != nil {
			return dir, err
		}
	}
	return dir, nil
})

// A failure is an error that holds what the command said.
type failure struct {
	error
	output []byte
}

func (f failure) Error() string { return f.error.Error() + "\n" + string(f.output) }

func said(c *exec.Cmd) error {
	var output bytes.Buffer
	c.Stdout, c.Stderr = &output, &output
	if err := c.Run(); err != nil {
		return failure{err, output.Bytes()}
	}
	return nil
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, f := range []func() (string, error){copied, programs} {
		if dir, _ := f(); dir != "" {
			_ = os.RemoveAll(dir)
		}
	}
	os.Exit(code)
}
