package report_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/tools/k8slive/internal/report"
)

func TestTheTableHasEveryStepAndTheOneThatFailed(t *testing.T) {
	var out strings.Builder
	r := report.New(&out, func() time.Time { return time.Unix(0, 0) })
	if err := r.Step("apply", func() (string, error) { return "52 objects", nil }); err != nil {
		t.Error(err)
	}
	if err := r.Step("drain", func() (string, error) { return "", errors.New("refused\nby a budget") }); err == nil {
		t.Error("a step that failed has no error")
	}
	r.Table()
	for _, want := range []string{"apply  0.0      52 objects", "drain  0.0      FAILED: refused\n", "2 steps in 0 s", "   by a budget\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in:\n%s", want, out.String())
		}
	}
}
