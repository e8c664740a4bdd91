package k8s_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/client-go/kubernetes/scheme"
)

// others are the groups that client-go has no types of; kubeconform knows them by their definitions.
var others = []string{"keda.sh/", "monitoring.coreos.com/", "external-secrets.io/"}

// read takes a manifest as the API server's strict validation does: a field that is unknown or stands twice is an error.
func read(manifest []byte) (runtime.Object, error) {
	s := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme.Scheme, scheme.Scheme, json.SerializerOptions{Yaml: true, Strict: true})
	object, _, err := s.Decode(manifest, nil, nil)
	return object, err
}

func TestEveryManifestIsReadStrictly(t *testing.T) {
	for _, overlay := range every {
		for _, r := range built(t, overlay).Resources() {
			if isOther(r.GetApiVersion()) {
				continue
			}
			if _, err := read([]byte(r.MustYaml())); err != nil {
				t.Errorf("%s: %s %s: %v", overlay, r.GetKind(), r.GetName(), err)
			}
		}
	}
}

func isOther(version string) bool {
	for _, group := range others {
		if strings.HasPrefix(version, group) {
			return true
		}
	}
	return false
}

func TestAMisspelledFieldIsFound(t *testing.T) {
	for _, r := range built(t, "base").Resources() {
		if r.GetKind() != "Deployment" {
			continue
		}
		text := strings.Replace(r.MustYaml(), "readOnlyRootFilesystem", "readOnlyRootFileSystem", 1)
		if _, err := read([]byte(text)); err == nil {
			t.Errorf("%s: nobody saw it", r.GetName())
		}
	}
}
