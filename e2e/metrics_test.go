package e2e_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/e2e/process"
)

var (
	documented = regexp.MustCompile("(?m)^\\| `(countersign_[a-z_]+)` \\|")
	measured   = regexp.MustCompile(`(?m)^# TYPE (countersign_[a-z_]+) `)
)

// What is shown is documented, and what is documented is shown; of pages once somebody has opened one. What `/readyz` says is only of the workers as
// processes, where its metric is looked at beside the alerts.
func TestEveryMetricIsDocumentedAndShown(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/observability.md")
	if err != nil {
		t.Fatal(err)
	}
	ctx, traces := within(t, patient), collector(t)
	own := startWith(t, platforms, process.Config{Env: []string{"COUNTERSIGN_TRACES_URL=" + traces.URL, "COUNTERSIGN_TRACES_RATIO=1"}})
	passes(ctx, t, acme(t, own))
	if _, _, err := own.Get(ctx, "/recovery/case"); err != nil {
		t.Fatal(err)
	}
	_, shown, err := own.Get(ctx, "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	want, got := names(documented, string(text)), names(measured, shown)
	want = slices.DeleteFunc(want, func(name string) bool { return strings.HasPrefix(name, "countersign_process_") })
	if len(want) < 20 || !slices.Equal(want, got) {
		t.Errorf("documented\n%q\nshown\n%q", want, got)
	}
	if code, err := own.Stop(ctx); code != 0 || err != nil {
		t.Errorf("stop: %d, %v", code, err)
	}
}

func names(in *regexp.Regexp, text string) (all []string) {
	for _, found := range in.FindAllStringSubmatch(text, -1) {
		all = append(all, found[1])
	}
	slices.Sort(all)
	return slices.Compact(all)
}
