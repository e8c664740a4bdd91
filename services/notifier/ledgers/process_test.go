package ledgers_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"countersign/pkg/worker/workertest"
)

// A process is one notifier that can be killed.
type process struct {
	*line
	cmd    *exec.Cmd
	input  io.WriteCloser // it ends with it
	said   *bytes.Buffer  // to be read once it is dead
	killed chan struct{}  // closed
	kill   func()         // -9; it returns when the process is no more
}

// start runs a notifier whose clock is ahead, and returns when it hears.
func start(t *testing.T, h *workertest.House, f *far, ahead time.Duration) *process {
	t.Helper()
	p := &process{line: f.line(t), said: &bytes.Buffer{}, killed: make(chan struct{})}
	out := h.Outside("notifier")
	out.Ahead = ahead
	text, err := json.Marshal(part{
		Outside: out, MailPort: p.mail.Addr().(*net.TCPAddr).Port,
		TextURL: "http://" + p.text.Addr().String(), OtherURL: "http://" + p.other.Addr().String(),
	})
	if err != nil {
		t.Fatal(err)
	}
	p.cmd = exec.Command(os.Args[0])
	p.cmd.Env = append(os.Environ(), role+"="+string(text))
	p.cmd.Stderr = p.said
	p.begin(t, f)
	return p
}

// begin lets it go once its calls will be known for its own.
func (p *process) begin(t *testing.T, f *far) {
	t.Helper()
	output, err := p.cmd.StdoutPipe()
	if err == nil {
		p.input, err = p.cmd.StdinPipe()
	}
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	p.kill = sync.OnceFunc(func() {
		close(p.killed)
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	})
	t.Cleanup(func() { p.kill(); p.over() })
	f.knows(p)
	_, _ = io.WriteString(p.input, ready)
	if word, err := bufio.NewReader(output).ReadString('\n'); word != ready && !p.dead() {
		p.kill()
		t.Fatalf("a process did not begin: %v\n%s", err, p.said)
	}
}

func (p *process) dead() bool {
	select {
	case <-p.killed:
		return true
	default:
		return false
	}
}
