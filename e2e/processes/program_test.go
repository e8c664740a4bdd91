package processes_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
)

// A program is a binary that runs, and all that it has said.
type program struct {
	name  string
	cmd   *exec.Cmd
	ended chan struct{}

	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{} // closed and replaced when it has said more
}

// launch starts a binary with an environment of its own, and nothing of this process's.
func launch(binary string, env []string, args ...string) (*program, error) {
	p := &program{name: binary[strings.LastIndexByte(binary, '/')+1:], ended: make(chan struct{}), changed: make(chan struct{})}
	p.cmd = exec.Command(binary, args...)
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env...)
	p.cmd.Stdout, p.cmd.Stderr = p, p
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	go func() { defer close(p.ended); _ = p.cmd.Wait() }()
	return p, nil
}

func (p *program) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.changed)
	p.changed = make(chan struct{})
	return p.text.Write(text)
}

func (p *program) said() (text string, more <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String(), p.changed
}

// await waits until the program has said what pattern matches, and returns its first group.
func (p *program) await(ctx context.Context, pattern string) (string, error) {
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

// exit waits until the program has ended, and returns its code and all that it said.
func (p *program) exit(ctx context.Context) (code int, said string, err error) {
	select {
	case <-p.ended:
		said, _ = p.said()
		return p.cmd.ProcessState.ExitCode(), said, nil
	case <-ctx.Done():
		said, _ = p.said()
		return 0, said, fmt.Errorf("%s did not end: %w\n%s", p.name, ctx.Err(), said)
	}
}

// stop asks it to end by SIGTERM; any other code than 0, and a data race that it has met, is an error.
func (p *program) stop(ctx context.Context) error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	code, said, err := p.exit(ctx)
	if err == nil && (code != 0 || strings.Contains(said, "DATA RACE")) {
		err = fmt.Errorf("%s ended with code %d:\n%s", p.name, code, said)
	}
	return err
}

// freeze stops it where it stands.
func (p *program) freeze() error {
	if err := p.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return fmt.Errorf("freeze %s: %w", p.name, err)
	}
	return nil
}

// kill ends it as a loss of power would, as far as the process goes.
func (p *program) kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill %s: %w", p.name, err)
	}
	<-p.ended
	if said, _ := p.said(); strings.Contains(said, "DATA RACE") {
		return fmt.Errorf("%s met a data race:\n%s", p.name, said)
	}
	return nil
}
