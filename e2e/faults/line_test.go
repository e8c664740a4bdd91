package faults_test

import (
	"context"
	"net"
	"sync"
	"time"
)

// A line stands between clients and a server. What is done to it is done to all that goes over it, from that moment on.
type line struct {
	to     string // host:port
	listen net.Listener

	mu    sync.Mutex
	state state
	moved chan struct{} // closed and replaced when the state is another
	open  map[net.Conn]bool
}

type state struct {
	down  bool          // who is connected is cut off, who comes is turned away
	held  bool          // nothing passes, and nobody is told
	delay time.Duration // of everything that passes
}

func newLine(to string) (*line, error) {
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &line{to: to, listen: listen, moved: make(chan struct{}), open: map[net.Conn]bool{}}
	go l.serve()
	return l, nil
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
	go l.pump(near, far)
	l.pump(far, near)
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

func (l *line) pump(from, to net.Conn) {
	defer l.drop(from, to)
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 {
			l.wait()
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// wait lets something pass when it may.
func (l *line) wait() {
	for {
		l.mu.Lock()
		s, moved := l.state, l.moved
		l.mu.Unlock()
		if !s.held || s.down {
			pass(s.delay)
			return
		}
		<-moved
	}
}

func pass(after time.Duration) {
	if after > 0 {
		<-time.After(after)
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
