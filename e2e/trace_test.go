package e2e_test

import (
	"context"
	"testing"

	"countersign/e2e/process"
	"countersign/pkg/events/client"
	"countersign/pkg/events/guard"
)

// What a platform that has a tracer does: its calls bear the traceparent of what they are for, and the workers' spans stand below it. A stop sends
// what is left.
func TestWhatAPlatformTracesGoesOnInTheWorkers(t *testing.T) {
	t.Parallel()
	const traceID, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	type key struct{}
	ctx, traces := within(t, patient), collector(t)
	own := startWith(t, platforms, process.Config{Env: []string{"COUNTERSIGN_TRACES_URL=" + traces.URL, "COUNTERSIGN_TRACES_RATIO=0"}})
	c := newClient(t, own, client.Config{TraceParent: func(ctx context.Context) string {
		parent, _ := ctx.Value(key{}).(string)
		return parent
	}})
	traced, user := context.WithValue(ctx, key{}, "00-"+traceID+"-"+span+"-01"), newUser()
	for _, ctx := range []context.Context{traced, ctx} {
		if _, err := c.Login(ctx, &guard.LoginStarted{User: user, LoginID: "l-1"}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.LoginStatus(ctx, user, "l-1"); err != nil {
			t.Fatal(err)
		}
	}
	if code, err := own.Stop(ctx); code != 0 || err != nil {
		t.Fatalf("stop: %d, %v", code, err)
	}
	below := map[string]int{}
	for _, s := range traces.Spans() {
		if s.Trace != traceID || s.Service != "countersign-verify" {
			t.Errorf("%+v is of no trace of ours", s)
		}
		if s.Parent == span {
			below[s.Name]++
		}
	}
	if below["receive countersign.login.started.v1"] != 1 || below["answer login.status"] != 1 || len(below) != 2 {
		t.Errorf("below the platform's span stand %v", below)
	}
}

// Nobody takes the traces: everything works, and a stop takes no longer than it may.
func TestACollectorThatHangsHarmsNobody(t *testing.T) {
	t.Parallel()
	ctx, traces := within(t, patient), collector(t)
	traces.Hold()
	own := startWith(t, platforms, process.Config{Env: []string{"COUNTERSIGN_TRACES_URL=" + traces.URL, "COUNTERSIGN_TRACES_RATIO=1"}})
	for range 20 {
		passes(ctx, t, acme(t, own))
	}
	if code, err := own.Stop(ctx); code != 0 || err != nil {
		t.Errorf("stop: %d, %v", code, err)
	}
}
