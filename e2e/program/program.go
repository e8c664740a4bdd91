package program

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
)

// A Program is a binary that runs, and all that it has said. It is safe for concurrent use.
type Program struct {
	name  string
	cmd   *exec.Cmd
	ended chan struct{}

	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{} // closed and replaced when it has said more
}

// Launch starts a binary with an environment of its own.
func Launch(binary string, env []string, args ...string) (*Program, error) {
	p := &Program{name: filepath.Base(binary), ended: make(chan struct{}), changed: make(chan struct{})}
	p.cmd = exec.Command(binary, args...)
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env...)
	p.cmd.Stdout, p.cmd.Stderr = (*ears)(p), (*ears)(p)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	go func() { defer close(p.ended); _ = p.cmd.Wait() }()
	return p, nil
}

// Run runs a binary to its end and returns what it said; any code but 0 is an error.
func Run(ctx context.Context, binary string, env []string, args ...string) (said string, err error) {
	p, err := Launch(binary, env, args...)
	if err != nil {
		return "", err
	}
	code, said, err := p.Over(ctx)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s %v ended with code %d:\n%s", p.name, args, code, said)
	}
	return said, err
}

// ears hear both of its outputs.
type ears Program

func (p *ears) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.changed)
	p.changed = make(chan struct{})
	return p.text.Write(text)
}

func (p *Program) said() (text string, more <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String(), p.changed
}

// Name is the binary's.
func (p *Program) Name() string { return p.name }

// Await waits until the program has said what pattern matches, and returns its last group.
func (p *Program) Await(ctx context.Context, pattern string) (string, error) {
	wanted := regexp.MustCompile(pattern)
	for {
		text, more := p.said()
		if found := wanted.FindStringSubmatch(text); found != nil {
			return found[len(found)-1], nil
		}
		select {
		case <-more:
		case <-p.ended:
			return "", fmt.Errorf("%s ended with code %d before it said %q:\n%s", p.name, p.cmd.ProcessState.ExitCode(), pattern, text)
		case <-ctx.Done():
			return "", fmt.Errorf("%s did not say %q: %w\n%s", p.name, pattern, ctx.Err(), text)
		}
	}
}

// Over waits until it has ended, and returns its exit code, -1 where a signal has ended it, and what it said.
func (p *Program) Over(ctx context.Context) (code int, said string, err error) {
	select {
	case <-p.ended:
	case <-ctx.Done():
		said, _ = p.said()
		return 0, said, fmt.Errorf("%s did not end: %w\n%s", p.name, ctx.Err(), said)
	}
	said, _ = p.said()
	if strings.Contains(said, "DATA RACE") {
		err = fmt.Errorf("%s met a data race:\n%s", p.name, said)
	}
	return p.cmd.ProcessState.ExitCode(), said, err
}

// Stop asks it to end by SIGTERM; any other code than 0 is an error.
func (p *Program) Stop(ctx context.Context) error {
	if err := p.signal(syscall.SIGTERM); err != nil {
		return err
	}
	code, said, err := p.Over(ctx)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s ended with code %d:\n%s", p.name, code, said)
	}
	return err
}

// Kill ends it as a loss of power would, as far as the process goes.
func (p *Program) Kill() error {
	if err := p.signal(syscall.SIGKILL); err != nil {
		return err
	}
	_, _, err := p.Over(context.Background()) // the kernel lets nobody wait
	return err
}

// Reload asks it by SIGHUP to read its configuration anew.
func (p *Program) Reload() error { return p.signal(syscall.SIGHUP) }

// Freeze stops it where it stands, Thaw lets it go on.
func (p *Program) Freeze() error { return p.signal(syscall.SIGSTOP) }
func (p *Program) Thaw() error   { return p.signal(syscall.SIGCONT) }

// signal is silent about one that has ended.
func (p *Program) signal(s syscall.Signal) error {
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("send %s to %s: %w", s, p.name, err)
	}
	return nil
}
