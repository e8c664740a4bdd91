package keda_test

import (
	"os"
	"strings"
	"testing"

	"countersign/cmd/countersign/internal/keda"
	"countersign/cmd/countersign/internal/table"
)

const folder = "../../../../deploy/k8s/components/keda/"

func TestTheFilesAreWhatTheTablesSay(t *testing.T) {
	for _, w := range table.Workers() {
		var want strings.Builder
		if err := keda.Write(&want, w); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(folder + w.Name + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want.String() {
			t.Errorf("%s.yaml is not current: make generate writes it", w.Name)
		}
	}
}
