package sources

import (
	"os"
	"strings"
	"testing"
)

// tools/k8s holds the same overlays to schemas; the two would drift apart.
func TestDefinitionsAreThoseThatSchemasAreMadeOf(t *testing.T) {
	text, err := os.ReadFile("../../../k8s/schemas_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range Definitions {
		if !strings.Contains(string(text), `"`+d.Module+`"`) {
			t.Errorf("tools/k8s names another version of %s", d.Module)
		}
	}
}

func TestOnlyStagesOfPodsArePaced(t *testing.T) {
	for kind, want := range map[string]string{"Pod": "durationMilliseconds: 7\n", "Node": "durationMilliseconds: 600000\n"} {
		stage, err := paced([]byte("kind: Stage\nspec:\n  resourceRef: {kind: "+kind+"}\n  delay: {durationMilliseconds: 600000}\n"), 7)
		if err != nil || !strings.Contains(string(stage), want) {
			t.Errorf("%s: %v\n%s", kind, err, stage)
		}
	}
}
