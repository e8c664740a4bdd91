package runtime

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"
)

func TestReadinessIsMeasuredByCheck(t *testing.T) {
	a := startAdmin(t)
	var store error
	a.Check("store", func(context.Context) error { return store })
	a.Check("providers", func(context.Context) error { return Degraded("one is down") })
	const before = "# HELP countersign_process_ready 1 while the check passes, else 0; /readyz says why.\n# TYPE countersign_process_ready gauge\n"
	is := func(process, providers, store string) {
		t.Helper()
		want := before
		for _, line := range []string{`process",worker="verify"} ` + process, `providers",worker="verify"} ` + providers, `store",worker="verify"} ` + store} {
			want += `countersign_process_ready{check="` + line + "\n"
		}
		if err := testutil.CollectAndCompare(a.Readiness("verify"), strings.NewReader(want)); err != nil {
			t.Error(err)
		}
	}
	is("0", "1", "1")
	a.set(nil)
	store = errors.New("the store is away")
	is("1", "1", "0")
}
