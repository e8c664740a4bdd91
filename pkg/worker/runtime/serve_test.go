package runtime

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// diary is what parts did, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

// read is safe also while a part that was left behind still writes.
func (d *diary) read() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.lines)
}

func (d *diary) step(line string) func(context.Context) error {
	return func(context.Context) error { d.note(line); return nil }
}

func (d *diary) part(name string) Part {
	return Part{
		Name: name, Stop: d.step("stop " + name), Finish: d.step("finish " + name), Flush: d.step("flush " + name), Close: d.step("close " + name),
		Run: func(ctx context.Context) error { <-ctx.Done(); d.note("end"); return ctx.Err() },
	}
}

func service(parts ...Part) Service {
	return Service{Parts: parts, Drain: time.Minute, Logger: slog.New(slog.DiscardHandler)}
}

// told is a context that has ended.
func told(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

func TestPartsDrainStepByStepAndCloseBackwards(t *testing.T) {
	var d diary
	if err := Serve(told(t), service(d.part("a"), Part{Name: "nothing"}, d.part("b"))); err != nil {
		t.Error(err)
	}
	want := []string{"stop a", "stop b", "finish a", "finish b", "flush a", "flush b", "end", "end", "close b", "close a"}
	if !slices.Equal(d.read(), want) {
		t.Errorf("%q", d.read())
	}
}

func TestAStepThatFailsStopsNoOther(t *testing.T) {
	var d diary
	bad := d.part("bad")
	bad.Stop = func(context.Context) error { return errors.New("refused") }
	bad.Flush = bad.Stop
	bad.Close = bad.Stop
	err := Serve(told(t), service(bad, d.part("good")))
	if err == nil || err.Error() != "stop bad: refused\nflush bad: refused\nclose bad: refused" {
		t.Error(err)
	}
	want := []string{"stop good", "finish bad", "finish good", "flush good", "end", "end", "close good"}
	if !slices.Equal(d.read(), want) {
		t.Errorf("%q", d.read())
	}
}

func TestAPartThatEndsByItselfDrainsTheOthers(t *testing.T) {
	for _, c := range []struct {
		ends error
		want string
	}{{nil, "run bad: ended by itself"}, {errors.New("connection lost"), "run bad: connection lost"}} {
		var d diary
		bad := d.part("bad")
		bad.Run = func(context.Context) error { return c.ends }
		if err := Serve(t.Context(), service(bad, d.part("good"))); err == nil || err.Error() != c.want {
			t.Error(err)
		}
		if !slices.Contains(d.read(), "flush good") || !slices.Contains(d.read(), "close good") {
			t.Errorf("%q", d.read())
		}
	}
}

func TestAnErrorAtTheVeryEndIsTold(t *testing.T) {
	late := Part{Name: "late", Run: func(ctx context.Context) error { <-ctx.Done(); return errors.New("lost a mark") }}
	if err := Serve(told(t), service(late)); err == nil || err.Error() != "end late: lost a mark" {
		t.Error(err)
	}
}

// Handlers work on Run's context: if it ended with the signal, what they had begun would fail.
func TestWorkGoesOnWhileItIsDrained(t *testing.T) {
	var inner context.Context
	begun := make(chan struct{})
	p := Part{
		Name:   "worker",
		Run:    func(ctx context.Context) error { inner = ctx; close(begun); <-ctx.Done(); return nil },
		Stop:   func(context.Context) error { <-begun; return inner.Err() },
		Finish: func(context.Context) error { return inner.Err() },
		Flush:  func(context.Context) error { return inner.Err() },
	}
	if err := Serve(told(t), service(p)); err != nil {
		t.Error(err)
	}
	if inner.Err() == nil {
		t.Error("the work was never ended")
	}
}

func TestADrainIsBoundedAndClosesAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		release := make(chan struct{})
		stuck := d.part("stuck")
		stuck.Finish = func(context.Context) error { <-release; return nil }
		stuck.Run = func(context.Context) error { <-release; return nil }
		begin := time.Now()
		err := Serve(told(t), service(stuck, d.part("good")))
		if took := time.Since(begin); took != time.Minute {
			t.Errorf("took %v", took)
		}
		if err == nil || !strings.Contains(err.Error(), "finish stuck: context deadline exceeded") || !strings.Contains(err.Error(), "still run") {
			t.Error(err)
		}
		if !slices.Contains(d.read(), "close good") || !slices.Contains(d.read(), "close stuck") {
			t.Errorf("%q", d.read())
		}
		close(release)
	})
}

func TestClosingIsBoundedToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		err := Serve(told(t), service(Part{Name: "stuck", Close: func(context.Context) error { <-release; return nil }}))
		if err == nil || !strings.Contains(err.Error(), "close stuck: context deadline exceeded") {
			t.Error(err)
		}
		close(release)
	})
}

func TestReadinessFollowsTheParts(t *testing.T) {
	admin, err := StartAdmin(AdminConfig{Listen: "127.0.0.1:0", Metrics: NewMetrics(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(want int, line string) {
		t.Helper()
		if status, body := get(t, admin, "/readyz"); status != want || !strings.Contains(body, line) {
			t.Errorf("%d %q, want %d %q", status, body, want, line)
		}
	}
	running, ready := make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	s := service(Part{
		Name: "worker", Ready: ready,
		Run: func(ctx context.Context) error { close(running); <-ctx.Done(); return nil },
		Stop: func(context.Context) error {
			ask(http.StatusServiceUnavailable, "process: not ready: draining\n")
			return nil
		},
	})
	s.Admin = admin
	ended := make(chan error)
	ask(http.StatusServiceUnavailable, "process: not ready: starting\n")
	go func() { ended <- Serve(ctx, s) }()
	<-running
	ask(http.StatusServiceUnavailable, "worker: not ready: starting\n")
	close(ready)
	ask(http.StatusOK, "worker: ready\n")
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := http.Get(fmt.Sprintf("http://%s/livez", admin.Addr())); err == nil {
		t.Error("the admin server is still there")
	}
}
