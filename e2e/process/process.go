// Package process runs the built `countersign dev` from outside: it starts it, reads where it listens, kills it, stops it, and
// starts it again on the same folder and ports.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// Config says what to start.
type Config struct {
	Binary string
	Data   string   // the folder of what survives a restart
	NATS   string   // host:port; default 127.0.0.1:0
	HTTP   string   // likewise
	More   []string // further flags, such as --fresh
	Env    []string // settings, NAME=value, beside this process's own
}

// A Process is running until it is stopped or killed.
type Process struct {
	Config
	Bus  string        // nats://host:port
	Page string        // http://host:port
	Took time.Duration // from its start until it said that it is ready

	cmd    *exec.Cmd
	output *output
	ended  chan struct{}
}

// An Ended error says that the process ended by itself.
type Ended struct {
	Code   int
	Output string
}

func (e *Ended) Error() string { return fmt.Sprintf("ended with code %d:\n%s", e.Code, e.Output) }

// Start returns when the process says that it is ready and /healthz agrees. One that ends instead is an *Ended error.
func Start(ctx context.Context, c Config) (*Process, error) {
	if c.NATS == "" {
		c.NATS = "127.0.0.1:0"
	}
	if c.HTTP == "" {
		c.HTTP = "127.0.0.1:0"
	}
	p := &Process{Config: c, output: newOutput(), ended: make(chan struct{})}
	args := append([]string{"dev", "--nats", c.NATS, "--http", c.HTTP, "--data", c.Data}, c.More...)
	p.cmd = exec.Command(c.Binary, args...)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	p.cmd.Env = append(os.Environ(), c.Env...)
	started := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Binary, err)
	}
	go func() { defer close(p.ended); _ = p.cmd.Wait() }()
	if err := p.ready(ctx); err != nil {
		return nil, errors.Join(err, p.Kill())
	}
	p.Took = time.Since(started)
	return p, nil
}

func (p *Process) ready(ctx context.Context) error {
	select {
	case <-p.output.announced:
	case <-p.ended:
		return &Ended{p.cmd.ProcessState.ExitCode(), p.Output()}
	case <-ctx.Done():
		return fmt.Errorf("wait until it is ready: %w\n%s", ctx.Err(), p.Output())
	}
	p.Bus, p.Page = p.output.bus, p.output.page
	p.NATS, p.HTTP = strings.TrimPrefix(p.Bus, "nats://"), strings.TrimPrefix(p.Page, "http://")
	status, text, err := p.Get(ctx, "/healthz")
	if err != nil || status != http.StatusOK {
		return fmt.Errorf("it says that it is ready, /healthz says %d %s: %w", status, text, err)
	}
	return nil
}

// Get reads a page.
func (p *Process) Get(ctx context.Context, path string) (status int, text string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Page+path, nil)
	if err != nil {
		return 0, "", err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

// Kill ends the process as a loss of power would, as far as the process goes.
func (p *Process) Kill() error {
	err := p.cmd.Process.Kill()
	<-p.ended
	if errors.Is(err, syscall.ESRCH) || err != nil && strings.Contains(err.Error(), "already finished") {
		return nil
	}
	return err
}

// Stop asks it to end by SIGTERM and returns its exit code.
func (p *Process) Stop(ctx context.Context) (code int, err error) {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, fmt.Errorf("signal process: %w", err)
	}
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return 0, fmt.Errorf("wait until it has drained: %w\n%s", ctx.Err(), p.Output())
	}
}

// Again starts it once more, on the same folder and at the same addresses.
func (p *Process) Again(ctx context.Context, more ...string) (*Process, error) {
	c := p.Config
	c.More = more
	return Start(ctx, c)
}

// Output is all that it has printed, to both streams.
func (p *Process) Output() string { return p.output.String() }
