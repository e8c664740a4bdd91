package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/e2e/stranger"
)

// The shared process's policies change for gamma, which only this test uses.
func TestAChangeOfThePolicyFileCountsWithoutARestart(t *testing.T) {
	t.Parallel() // with those that wait for a process of their own
	ctx, p := within(t, patient), platform(t, shared, "gamma")
	calmly := time.NewTicker(50 * time.Millisecond)
	defer calmly.Stop()
	enroll := func() stranger.Event {
		t.Helper()
		<-calmly.C
		e, err := p.Ask(ctx, "enrollment.requested", data{
			"user": newUser(), "factor": "sms", "phone": "+4915112345678", "reauthenticated_at": time.Now().UTC().Format(time.RFC3339),
		})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	if e := enroll(); e.Fact() != "secret.created" {
		t.Fatalf("before the change: %s", e)
	}
	replacePolicy(t, strings.Replace(platforms, "gamma:\n    require_sealed: false", "gamma:\n    require_sealed: true", 1))
	for e := enroll(); e.Text("field") != "phone"; e = enroll() { // until it is read
	}
	replacePolicy(t, platforms[:strings.Index(platforms, "  gamma:")])
	for e := enroll(); e.Text("code") != "unknown_platform"; e = enroll() {
	}
	replacePolicy(t, "platforms: [") // at fault: what was read last holds
	passes(ctx, t, acme(t, shared))
	replacePolicy(t, platforms)
	for e := enroll(); e.Fact() != "secret.created"; e = enroll() {
	}
}

// replacePolicy writes as an editor does: the file is there at any time, and whole.
func replacePolicy(t *testing.T, text string) {
	t.Helper()
	path := filepath.Join(shared.Data, "policy.yaml")
	if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}
