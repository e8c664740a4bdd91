package rig

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"

	"countersign/pkg/worker/runtime"
)

// A Process is a worker that runs; it speaks by lines: ready, then its Usage for each line that it reads, until there are no more. A line
// that is not empty names a folder for profiles of what it does until the next line.
type Process struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
	stopped bool
}

// Launch starts this program again with args and returns when it is ready.
func Launch(ctx context.Context, args, env []string) (*Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find myself: %w", err)
	}
	c := exec.CommandContext(ctx, self, args...)
	c.Env, c.Stderr = append(os.Environ(), env...), os.Stderr
	p := &Process{command: c}
	if p.in, err = c.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewScanner(out)
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	if !p.out.Scan() || p.out.Text() != "ready" {
		return nil, errors.Join(errors.New("worker does not become ready"), p.Stop())
	}
	return p, nil
}

// Usage asks the process. Until it is asked again it profiles itself into the folder, unless that is empty.
func (p *Process) Usage(profiles string) (u Usage, err error) {
	if _, err := io.WriteString(p.in, profiles+"\n"); err != nil {
		return u, fmt.Errorf("ask worker: %w", err)
	}
	if !p.out.Scan() {
		return u, errors.New("ask worker: it has ended")
	}
	return u, json.Unmarshal(p.out.Bytes(), &u)
}

// PID is the process' number.
func (p *Process) PID() int { return p.command.Process.Pid }

// Hold stops the process where it is, until Release. What the bus has sent it by then waits in its connection.
func (p *Process) Hold() error    { return p.command.Process.Signal(syscall.SIGSTOP) }
func (p *Process) Release() error { return p.command.Process.Signal(syscall.SIGCONT) }

// Stop has the process drain and waits for its end. Where there is none, or it was stopped, it does nothing.
func (p *Process) Stop() error {
	if p == nil || p.stopped {
		return nil
	}
	p.stopped = true
	if err := errors.Join(p.in.Close(), p.command.Wait()); err != nil {
		return fmt.Errorf("stop worker: %w", err)
	}
	return nil
}

// Obey is the other end of a Process: it says ready, and returns when nobody asks any more. The process' memory is confined as that of every worker of
// ours.
func Obey(in io.Reader, out io.Writer) error {
	runtime.Confine(runtime.Ceiling)
	if _, err := fmt.Fprintln(out, "ready"); err != nil {
		return err
	}
	var p profiler
	for lines := bufio.NewScanner(in); lines.Scan(); {
		if err := answer(out, &p, lines.Text()); err != nil {
			return err
		}
	}
	return p.end()
}

func answer(out io.Writer, p *profiler, profiles string) error {
	u, err := Used()
	if err != nil {
		return err
	}
	if err := p.end(); err != nil {
		return err
	}
	if profiles != "" {
		if err := p.begin(profiles); err != nil {
			return err
		}
	}
	return json.NewEncoder(out).Encode(u)
}
