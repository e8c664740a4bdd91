// Package manifests prepares what is applied: a copy of deploy/k8s in which the production overlay has the values that its README asks for, and
// broken variants of that overlay, each with one fault that somebody has to refuse.
package manifests

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Production is where the overlay lies below a copy.
const Production = "overlays/production"

// A Copy is a folder with the content of deploy/k8s, ours to change.
type Copy struct{ dir, overlay string }

// CopyOf copies from, the folder deploy/k8s, to dir, which is not there yet.
func CopyOf(from, dir string) (Copy, error) {
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		return Copy{}, fmt.Errorf("copy %s: %w", from, err)
	}
	return Copy{dir, Production}, nil
}

// Overlay is the folder of the overlay that is applied.
func (c Copy) Overlay() string { return filepath.Join(c.dir, c.overlay) }

// Fill writes what an installation has to say by itself: its CA, the key for dead letters, the account of its provider. All are examples.
func (c Copy) Fill(ca []byte) error {
	if err := os.WriteFile(filepath.Join(c.Overlay(), "ca.crt"), ca, 0o600); err != nil {
		return err
	}
	if err := c.Replace("settings.env", "COUNTERSIGN_DEAD_LETTER_KEY=\n", "COUNTERSIGN_DEAD_LETTER_KEY=example\n"); err != nil {
		return err
	}
	return c.Replace("notifier.env", "_SID=\n", "_SID=example\n")
}

// Release makes the overlay name another version of our images.
func (c Copy) Release(from, to string) error {
	return c.Replace("kustomization.yaml", "newTag: "+from+"\n", "newTag: "+to+"\n")
}

// Replace changes every occurrence in a file of the overlay; one that has none is an error, or a changed overlay would be tested as it was.
func (c Copy) Replace(file, from, to string) error {
	path := filepath.Join(c.Overlay(), file)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !strings.Contains(string(text), from) {
		return fmt.Errorf("change %s: it has no %q", file, from)
	}
	return os.WriteFile(path, []byte(strings.ReplaceAll(string(text), from, to)), 0o600)
}

// Variant writes an overlay beside production that patches it, and returns its folder.
func (c Copy) Variant(name, patches string) (string, error) {
	dir := filepath.Join(c.dir, "overlays", strings.ReplaceAll(name, " ", "-"))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	text := "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../production]\npatches:\n" + patches
	return dir, os.WriteFile(filepath.Join(dir, "kustomization.yaml"), []byte(text), 0o600)
}

// ScaledByCPU is an overlay like production that takes components/hpa in the place of components/keda.
func (c Copy) ScaledByCPU() (string, error) {
	other := Copy{dir: c.dir, overlay: "overlays/production-hpa"}
	if err := os.CopyFS(other.Overlay(), os.DirFS(c.Overlay())); err != nil {
		return "", err
	}
	return other.Overlay(), other.Replace("kustomization.yaml", "../../components/keda\n", "../../components/hpa\n")
}
