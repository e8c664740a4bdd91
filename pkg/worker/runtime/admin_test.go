package runtime

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func startAdmin(t *testing.T) *Admin {
	t.Helper()
	a, err := StartAdmin(AdminConfig{Listen: "127.0.0.1:0", Metrics: NewMetrics(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := a.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	return a
}

func get(t *testing.T, a *Admin, path string) (status int, body string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second}
	answer, err := client.Get("http://" + a.Addr() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(content)
}

func TestTheProcessIsAliveBeforeItIsReady(t *testing.T) {
	a := startAdmin(t)
	if status, _ := get(t, a, "/livez"); status != http.StatusOK {
		t.Error(status)
	}
	if status, body := get(t, a, "/readyz"); status != http.StatusServiceUnavailable || body != "process: not ready: starting\n" {
		t.Errorf("%d %s", status, body)
	}
}

func TestEveryCheckSaysItsReason(t *testing.T) {
	a := startAdmin(t)
	a.set(nil)
	var store error
	a.Check("bus", func(context.Context) error { return nil })
	a.Check("store", func(context.Context) error { return store })
	if status, body := get(t, a, "/readyz"); status != http.StatusOK || body != "process: ready\nbus: ready\nstore: ready\n" {
		t.Errorf("%d %s", status, body)
	}
	store = errors.Join(errors.New("connection refused"), errors.New("twice"))
	status, body := get(t, a, "/readyz")
	if status != http.StatusServiceUnavailable || body != "process: ready\nbus: ready\nstore: not ready: connection refused; twice\n" {
		t.Errorf("%d %s", status, body)
	}
}

func TestWhatDoesLessThanItCouldIsReadyAndSaysWhy(t *testing.T) {
	a := startAdmin(t)
	a.set(nil)
	a.Check("providers", func(context.Context) error { return Degraded("one of two is down") })
	if status, body := get(t, a, "/readyz"); status != http.StatusOK || body != "process: ready\nproviders: ready, but one of two is down\n" {
		t.Errorf("%d %s", status, body)
	}
}

func TestACheckThatHangsIsNotWaitedFor(t *testing.T) {
	a := startAdmin(t)
	a.set(nil)
	hang := make(chan struct{})
	defer close(hang)
	a.Check("stuck", func(context.Context) error { <-hang; return nil })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	names, reasons := a.ask(ctx)
	if len(names) != 2 || !errors.Is(reasons[1], context.Canceled) {
		t.Errorf("%v %v", names, reasons)
	}
}

func TestMetricsAreServed(t *testing.T) {
	a := startAdmin(t)
	if status, body := get(t, a, "/metrics"); status != http.StatusOK || !strings.Contains(body, "go_goroutines") {
		t.Errorf("%d %.200s", status, body)
	}
	if status, _ := get(t, a, "/"); status != http.StatusNotFound {
		t.Error(status)
	}
}

func TestAPortThatIsTakenIsAnError(t *testing.T) {
	a := startAdmin(t)
	_, err := StartAdmin(AdminConfig{Listen: a.Addr(), Metrics: NewMetrics(), Logger: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), "listen for admin") {
		t.Error(err)
	}
}

func TestASlowCheckSpeaksForNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &Admin{}
		a.Check("slow", func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		for range 20 {
			a.Check("quick", func(context.Context) error { return nil })
		}
		ctx, cancel := context.WithTimeout(t.Context(), checkTimeout)
		defer cancel()
		_, reasons := a.ask(ctx)
		if !errors.Is(reasons[1], context.DeadlineExceeded) || errors.Join(reasons[2:]...) != nil {
			t.Errorf("got %v", reasons)
		}
	})
}
