package runtime

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"
)

// childVariable makes the test binary a program that uses Main, so that real signals meet a real process.
const childVariable = "RUNTIME_TEST_CHILD"

func TestMain(m *testing.M) {
	if how := os.Getenv(childVariable); how != "" {
		Main(func(ctx context.Context, p Process) error { return child(ctx, p, how) })
	}
	goleak.VerifyTestMain(m)
}

func child(ctx context.Context, p Process, how string) error {
	say := func(what string) func(context.Context) error {
		return func(context.Context) error { _, err := fmt.Fprintln(p.Stdout, what); return err }
	}
	part := Part{
		Name: "worker", Stop: say("stopped"), Finish: say("finished"), Flush: say("flushed"), Close: say("closed"),
		Run: func(ctx context.Context) error { _ = say("running")(ctx); <-ctx.Done(); return say("ended")(ctx) },
	}
	if how == "stuck" {
		part.Finish = func(ctx context.Context) error { _ = say("stuck")(ctx); <-ctx.Done(); return nil }
	}
	return Serve(ctx, Service{Parts: []Part{part}, Logger: slog.New(slog.DiscardHandler)})
}

// startChild gives the lines that the child prints; the last call of next gives "".
func startChild(t *testing.T, how string) (cmd *exec.Cmd, next func() string, stderr *bytes.Buffer) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+how)
	stderr = &bytes.Buffer{}
	cmd.Stderr = stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	return cmd, func() string { lines.Scan(); return lines.Text() }, stderr
}

func signalChild(t *testing.T, cmd *exec.Cmd, s os.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func TestASignalDrainsInOrder(t *testing.T) {
	for _, s := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		cmd, next, stderr := startChild(t, "plain")
		if got := next(); got != "running" {
			t.Fatalf("%q %s", got, stderr)
		}
		signalChild(t, cmd, s)
		for _, want := range []string{"stopped", "finished", "flushed", "ended", "closed", ""} {
			if got := next(); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		if err := cmd.Wait(); err != nil || stderr.Len() > 0 {
			t.Errorf("%v %s", err, stderr)
		}
	}
}

func TestASecondSignalEndsTheProcessAtOnce(t *testing.T) {
	cmd, next, stderr := startChild(t, "stuck")
	next()
	signalChild(t, cmd, syscall.SIGTERM)
	for _, want := range []string{"stopped", "stuck"} {
		if got := next(); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	signalChild(t, cmd, syscall.SIGTERM)
	if got := next(); got != "" {
		t.Errorf("it went on: %q", got)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 || !strings.Contains(stderr.String(), "second signal") {
		t.Errorf("%v %s", err, stderr)
	}
}

func TestHowAProgramEnds(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		signal bool
		code   int
		stderr string
	}{
		"well":                              {},
		"with an error":                     {err: errors.New("open store: refused"), code: 1, stderr: "enroll: open store: refused\n"},
		"with several errors":               {err: errors.Join(errors.New("A is not set"), errors.New("B is not set")), code: 1, stderr: "enroll: A is not set\nenroll: B is not set\n"},
		"told to stop, saying no more":      {err: fmt.Errorf("connect: %w", context.Canceled), signal: true},
		"told to stop, with an error":       {err: errors.New("flush: refused"), signal: true, code: 1, stderr: "enroll: flush: refused\n"},
		"canceled without being told":       {err: context.Canceled, code: 1, stderr: "enroll: context canceled\n"},
		"told to stop, and everything fine": {signal: true},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			signals := make(chan os.Signal, 1)
			run := func(ctx context.Context, _ Process) error {
				if c.signal {
					signals <- os.Interrupt
					<-ctx.Done()
				}
				return c.err
			}
			code := supervise(run, Process{Name: "enroll", Stderr: &stderr}, signals)
			if code != c.code || stderr.String() != c.stderr {
				t.Errorf("%d %q", code, &stderr)
			}
		})
	}
}
