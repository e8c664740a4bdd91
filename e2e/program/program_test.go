package program

import (
	"context"
	"strings"
	"testing"
	"time"
)

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func says(t *testing.T, script string) *Program {
	t.Helper()
	p, err := Launch("/bin/sh", []string{"GREETING=hello"}, "-c", script)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Kill() })
	return p
}

func wants(t *testing.T, err error, part string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), part) {
		t.Errorf("got %v, want an error with %q", err, part)
	}
}

func TestAProgramIsHeardAndEnds(t *testing.T) {
	p := says(t, `trap 'exit 0' TERM; echo "port=$GREETING"; while :; do read line || sleep 0.01; done`)
	if got, err := p.Await(within(t), `port=(\w+)`); err != nil || got != "hello" {
		t.Errorf("heard %q, %v", got, err)
	}
	if err := p.Stop(within(t)); err != nil {
		t.Error(err)
	}
	_, err := p.Await(within(t), "never said")
	wants(t, err, "sh ended with code 0 before it said")
}

func TestAProgramThatEndsBadlyIsTold(t *testing.T) {
	_, err := Run(within(t), "/bin/sh", nil, "-c", "echo why; exit 3")
	wants(t, err, "ended with code 3:\nwhy")
	_, err = Run(within(t), "/bin/sh", nil, "-c", "echo WARNING: DATA RACE")
	wants(t, err, "met a data race")
	p := says(t, "exec sleep 60")
	if err := p.Kill(); err != nil {
		t.Error(err)
	}
	if code, _, err := p.Over(within(t)); code != -1 || err != nil {
		t.Errorf("killed, it ended with %d, %v", code, err)
	}
}
