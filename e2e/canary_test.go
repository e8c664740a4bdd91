package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/e2e/process"
	"countersign/e2e/stranger"
	"countersign/pkg/events"
	"countersign/pkg/worker/trace/otlptest"
	"countersign/pkg/worker/workertest/canary"
)

// Eight digits are not found by chance.
const longCodes = `platforms:
  acme:
    brand: Acme
    factors: [totp, email, sms]
    require_sealed: false
    totp: {digits: 8}
    code: {digits: 8}
`

// What a user and a platform would not want to be found: in clear on the bus for a moment, and nowhere else, ever.
func TestNoSecretOfARunIsFoundAnywhere(t *testing.T) {
	t.Parallel()
	ctx, traces := within(t, 2*patient), collector(t)
	own := startWith(t, longCodes, process.Config{Env: []string{"COUNTERSIGN_TRACES_URL=" + traces.URL, "COUNTERSIGN_TRACES_RATIO=1"}})
	p := acme(t, own)
	heard := everything(t, p)
	r := newSecretRun(t, own, p)
	r.app(ctx, t)
	r.sent(ctx, t, "email", "email", r.email)
	r.sent(ctx, t, "sms", "phone", r.phone)
	r.broken(ctx, t)
	r.reset(ctx, t)
	r.recovery(ctx, t)
	r.support(ctx, t)
	passes(ctx, t, p)
	r.notIn(t, "the running process's folder", folder(own.Data))
	r.notIn(t, "the platform's events", r.find(heard()))
	r.notMeasured(ctx, t, own)
	awaitTraces(ctx, t, traces)
	r.flood(ctx, t)
	if err := own.Kill(); err != nil {
		t.Fatal(err)
	}
	r.notIn(t, "the killed process's folder", folder(own.Data))
	again := started(t)(own.Again(ctx))
	passes(ctx, t, acme(t, again))
	r.notMeasured(ctx, t, again)
	if code, err := again.Stop(ctx); code != 0 || err != nil {
		t.Errorf("stop: %d, %v", code, err)
	}
	r.notIn(t, "the stopped process's folder", folder(own.Data))
	r.notIn(t, "the process's output", r.find([]byte(own.Output()+again.Output())))
	r.namesNobody(t, "the traces", traces.Raw()) // all that was ever sent, byte by byte
	if !stands(t, filepath.Join(own.Data, "store.db"), r.holder.user) {
		t.Error("not even the user was found in store.db: this test looks in the wrong place")
	}
}

func (r *secretRun) notIn(t *testing.T, where string, look func([]canary.Canary) ([]string, error)) {
	t.Helper()
	found, err := look(r.all)
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range found {
		t.Errorf("found in %s: %s", where, what)
	}
}

// notMeasured searches all metrics of a process.
func (r *secretRun) notMeasured(ctx context.Context, t *testing.T, p *process.Process) {
	t.Helper()
	status, text, err := p.Get(ctx, "/metrics")
	if err != nil || status != http.StatusOK || !strings.Contains(text, "countersign_bus_wait_seconds") {
		t.Fatalf("metrics: %d, %v\n%s", status, err, text)
	}
	r.namesNobody(t, "the metrics", []byte(text))
}

// namesNobody also searches for who is meant, which is no secret elsewhere.
func (r *secretRun) namesNobody(t *testing.T, where string, text []byte) {
	t.Helper()
	user := r.holder.user
	r.notIn(t, where, func(all []canary.Canary) ([]string, error) {
		return r.find(text)(append(slices.Clone(all), canary.New("user", user), canary.New("userkey", events.UserKey("acme", user))))
	})
}

// awaitTraces waits until the collector was sent something of every part of the run.
func awaitTraces(ctx context.Context, t *testing.T, c *otlptest.Collector) {
	t.Helper()
	var missing []string
	_, err := c.Await(ctx, func(spans []otlptest.Span) bool {
		missing = []string{
			"receive countersign.login.started.v1", "receive countersign.notification.requested.v1", "decide", "commit enrollment", "publish",
			"send email", "send sms", "answer recovery_codes.reveal", "load recovery", "page POST /recovery/case/code",
			"page GET /recovery/{platform}/{userkey}/{token}",
		}
		for _, s := range spans {
			missing = slices.DeleteFunc(missing, func(name string) bool { return name == s.Name })
		}
		return len(missing) == 0
	})
	if err != nil {
		t.Errorf("nothing is traced of %q: %v", missing, err)
	}
}

func collector(t *testing.T) *otlptest.Collector {
	t.Helper()
	c, err := otlptest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func folder(path string) func([]canary.Canary) ([]string, error) {
	return func(all []canary.Canary) ([]string, error) { return canary.FindInFolder(path, all) }
}

func (r *secretRun) find(text []byte) func([]canary.Canary) ([]string, error) {
	return func(all []canary.Canary) (found []string, err error) {
		for _, c := range all {
			found = append(found, c.Find(text)...)
		}
		return found, nil
	}
}

// everything collects what the bus says to the platform, headers included; the call returns it.
func everything(t *testing.T, p *stranger.Platform) (heard func() []byte) {
	t.Helper()
	sub, err := p.Conn.SubscribeSync("mfa.acme.out.>")
	if err != nil {
		t.Fatal(err)
	}
	return func() []byte {
		var all bytes.Buffer
		n, _, err := sub.Pending()
		if err != nil || n == 0 {
			t.Errorf("heard %d events, %v", n, err)
		}
		for range n {
			m, err := sub.NextMsg(patient)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&all, m.Subject, m.Header, string(m.Data))
		}
		return all.Bytes()
	}
}

func stands(t *testing.T, file, text string) bool {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(content, []byte(text))
}
