package e2e_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"countersign/e2e/expect"
	"countersign/e2e/process"
	"countersign/e2e/stranger"
	"github.com/nats-io/nats.go"
)

type data = stranger.Data

// What every test expects.
var (
	within      = expect.Within
	got         = expect.Fact
	answered    = expect.Answer
	refusedWith = expect.Refusal
)

// start starts a process of the test's own, which is killed in the end.
func start(t *testing.T, policy string, more ...string) *process.Process {
	t.Helper()
	return startWith(t, policy, process.Config{More: more})
}

// startWith starts a process of the test's own with more than a policy.
func startWith(t *testing.T, policy string, c process.Config) *process.Process {
	t.Helper()
	binary, err := tested()
	if err != nil {
		t.Fatal(err)
	}
	folder, err := folderWith(filepath.Join(t.TempDir(), "data"), policy)
	if err != nil {
		t.Fatal(err)
	}
	c.Binary, c.Data = binary, folder
	return started(t)(process.Start(within(t, patient), c))
}

// started hands over a process that was started, or ends the test.
func started(t *testing.T) func(*process.Process, error) *process.Process {
	return func(p *process.Process, err error) *process.Process {
		t.Helper()
		if err != nil {
			t.Fatalf("start: %v", err)
		}
		t.Cleanup(func() {
			_ = p.Kill()
			folds(t, p)
			if strings.Contains(p.Output(), "DATA RACE") || strings.Contains(p.Output(), "panic: ") {
				t.Error("a data race or a panic")
			}
			if t.Failed() {
				t.Logf("the process said:\n%s", p.Output())
			}
		})
		return p
	}
}

// folds holds what a process has left to its events.
func folds(t *testing.T, p *process.Process) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	if err := p.CheckCommits(ctx); err != nil && !strings.Contains(err.Error(), process.NoStreams) {
		t.Error(err)
	}
}

// acme is a connection of the platform that strangers are.
func acme(t *testing.T, on *process.Process) *stranger.Platform {
	t.Helper()
	return platform(t, on, "acme")
}

func platform(t *testing.T, on *process.Process, name string, options ...nats.Option) *stranger.Platform {
	t.Helper()
	if name != "acme" {
		options = append(options, nats.UserInfo(name, name))
	}
	p, err := stranger.Connect(on.Bus, name, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// newUser is somebody whom no other test knows.
func newUser() string { return stranger.NewID("u-") }

// login says that user has passed the password.
func login(user, loginID string) data { return data{"user": user, "login_id": loginID} }

// passes says that the next login of somebody else works: what happened before did no harm.
func passes(ctx context.Context, t *testing.T, p *stranger.Platform) {
	t.Helper()
	e, err := p.Ask(ctx, "login.started", login(newUser(), stranger.NewID("l-")))
	if err != nil || e.Fact() != "challenge.waived" {
		t.Errorf("the next login: %s, %v", e, err)
	}
}
