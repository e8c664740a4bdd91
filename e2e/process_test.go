package e2e_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/e2e/process"
)

// refusesToStart returns what the process says when it ends instead of becoming ready.
func refusesToStart(t *testing.T, c process.Config) string {
	t.Helper()
	binary, err := tested()
	if err != nil {
		t.Fatal(err)
	}
	c.Binary = binary
	p, err := process.Start(within(t, patient), c)
	if err == nil {
		_ = p.Kill()
		t.Fatal("it started")
	}
	ended, ok := errors.AsType[*process.Ended](err)
	if !ok || ended.Code == 0 {
		t.Fatalf("got %v, want an exit code", err)
	}
	return ended.Output
}

func TestAPortThatIsTakenIsNamedWithItsFlag(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	at := taken.Addr().String()
	for flag, c := range map[string]process.Config{"--nats": {NATS: at}, "--http": {HTTP: at}} {
		t.Run(flag, func(t *testing.T) {
			c.Data = filepath.Join(t.TempDir(), "data")
			said := refusesToStart(t, c)
			if !strings.Contains(said, flag) || !strings.Contains(said, at) || strings.Contains(said, "goroutine") {
				t.Errorf("it said:\n%s", said)
			}
		})
	}
}

func TestAFolderInUseIsNamedWithItsFlag(t *testing.T) {
	said := refusesToStart(t, process.Config{Data: shared.Data})
	if !strings.Contains(said, "--data") || !strings.Contains(said, shared.Data) {
		t.Errorf("it said:\n%s", said)
	}
	passes(within(t, patient), t, acme(t, shared))
}

func TestAPolicyFileWithAFaultIsNamedWithItsLine(t *testing.T) {
	data, err := folderWith(filepath.Join(t.TempDir(), "data"), "platforms:\n  acme:\n    factors: [totp, pigeon]\n    brnad: Acme\n")
	if err != nil {
		t.Fatal(err)
	}
	said := refusesToStart(t, process.Config{Data: data})
	for _, want := range []string{"policy.yaml:3", "pigeon", "policy.yaml:4", "brnad"} {
		if !strings.Contains(said, want) {
			t.Errorf("no word of %s:\n%s", want, said)
		}
	}
}

func TestStartingFreshForgets(t *testing.T) {
	t.Parallel()
	ctx, own := within(t, patient), start(t, platforms)
	p := acme(t, own)
	h := enrolled(ctx, t, p)
	challenged(ctx, t, p, h.user)
	if code, err := own.Stop(ctx); code != 0 || err != nil {
		t.Fatalf("stop: %d, %v", code, err)
	}
	own = started(t)(own.Again(ctx, "--fresh"))
	p = acme(t, own)
	got(t, "challenge.waived")(p.Ask(ctx, "login.started", login(h.user, "l-1")))
	status := answered(t)(p.Call(ctx, "user.status", data{"user": h.user}))
	if factors, _ := status.Data["factors"].([]any); len(factors) != 0 {
		t.Errorf("user.status: %s", status.Body)
	}
}

func TestAStopTakesSecondsAndEndsWithoutAnError(t *testing.T) {
	t.Parallel()
	ctx, own := within(t, patient), start(t, platforms)
	passes(ctx, t, acme(t, own))
	page, err := live(ctx, own) // a page that stays open may hold nothing up
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = page.Body.Close() }()
	begun := time.Now()
	code, err := own.Stop(ctx)
	if took := time.Since(begun); code != 0 || err != nil || took > 5*time.Second {
		t.Errorf("it ended with code %d after %v: %v\n%s", code, took, err, own.Output())
	}
}

func live(ctx context.Context, own *process.Process) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, own.Page+"/inbox/events", nil)
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(request)
}

const (
	mostStart  = 3 * time.Second
	mostMemory = 120 << 20 // idle
)

// The binary as people run it, in an empty folder: the fastest of three starts, because a busy machine says little.
func TestItStartsInThreeSecondsAndIsSmall(t *testing.T) {
	binary, err := plain()
	if err != nil {
		t.Fatal(err)
	}
	fastest, memory := time.Hour, 0
	for range 3 {
		p := started(t)(process.Start(within(t, patient), process.Config{Binary: binary, Data: filepath.Join(t.TempDir(), "data")}))
		fastest = min(fastest, p.Took)
		if memory, err = p.Resident(); err != nil {
			t.Fatal(err)
		}
		if err := p.Kill(); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("ready after %v, %d MiB resident", fastest.Round(time.Millisecond), memory>>20)
	if fastest > mostStart || memory > mostMemory {
		t.Errorf("ready after %v, %d MiB: want %v, %d MiB", fastest, memory>>20, mostStart, mostMemory>>20)
	}
}
