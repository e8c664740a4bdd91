package faults_test

import (
	"context"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A line stands between clients and a server. What is done to it is done to all that goes over it, from that moment on.
type line struct {
	to     string // host:port
	listen net.Listener
	asked  reader // what clients send, piece by piece
	// refuses is what a client is answered where the server takes no writes; nil for what is none.
	refuses func(piece []byte) (answer []byte)
	refused atomic.Int64

	mu    sync.Mutex
	state state
	moved chan struct{} // closed and replaced when the state is another
	open  map[net.Conn]bool
}

type state struct {
	down     bool          // who is connected is cut off, who comes is turned away
	held     bool          // nothing passes, and nobody is told
	delay    time.Duration // of everything that passes
	readOnly bool          // writes are refused, on a line that knows them
}

// A reader returns what comes next on a connection; what it returns is valid until it is called again.
type reader func(from io.Reader, buffer []byte) ([]byte, error)

func newLine(to string) (*line, error) { return lineOf(to, anything, nil) }

func lineOf(to string, asked reader, refuses func([]byte) []byte) (*line, error) {
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &line{to: to, listen: listen, asked: asked, refuses: refuses, moved: make(chan struct{}), open: map[net.Conn]bool{}}
	go l.serve()
	return l, nil
}

func anything(from io.Reader, buffer []byte) ([]byte, error) {
	n, err := from.Read(buffer)
	return buffer[:n], err
}

func (l *line) address() string { return l.listen.Addr().String() }

func (l *line) serve() {
	for {
		c, err := l.listen.Accept()
		if err != nil {
			return
		}
		go l.join(c)
	}
}

func (l *line) join(near net.Conn) {
	far, err := net.Dial("tcp", l.to)
	if err != nil || !l.keep(near, far) {
		_ = near.Close()
		if err == nil {
			_ = far.Close()
		}
		return
	}
	go l.pump(near, far, l.asked)
	l.pump(far, near, anything)
}

// keep is false where the line is down.
func (l *line) keep(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		l.open[c] = !l.state.down
	}
	return !l.state.down
}

func (l *line) pump(from, to net.Conn, next reader) {
	defer l.drop(from, to)
	buffer := make([]byte, 32<<10)
	for {
		piece, err := next(from, buffer)
		if len(piece) > 0 {
			if _, err := l.pass(from, to, piece); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// pass lets something pass when it may, or answers it.
func (l *line) pass(from, to net.Conn, piece []byte) (int, error) {
	if l.wait().readOnly && l.refuses != nil {
		if answer := l.refuses(piece); answer != nil {
			l.refused.Add(1)
			return from.Write(answer)
		}
	}
	return to.Write(piece)
}

// wait returns how the line is once something may pass.
func (l *line) wait() state {
	for {
		l.mu.Lock()
		s, moved := l.state, l.moved
		l.mu.Unlock()
		if !s.held || s.down {
			late(s.delay)
			return s
		}
		<-moved
	}
}

func late(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}

func (l *line) drop(conns ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		delete(l.open, c)
		_ = c.Close()
	}
}

// set makes the line so from now on. Where it is cut, both ends see a reset.
func (l *line) set(s state) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.state = s
	close(l.moved)
	l.moved = make(chan struct{})
	if s.down {
		l.reset()
	}
}

// cut breaks what is connected; whoever comes again is let in.
func (l *line) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reset()
}

func (l *line) reset() {
	for c := range l.open {
		if tcp, ok := c.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = c.Close()
	}
}

// while makes the line so for a while.
func (l *line) while(ctx context.Context, s state, d time.Duration) error {
	l.set(s)
	defer l.set(state{})
	return rest(ctx, d)
}

// rest is how long a fault lasts.
func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *line) close() {
	_ = l.listen.Close()
	l.set(state{down: true})
}
