package bounce

import (
	"net"
	"sync"
	"time"
)

const (
	maxLines = 64
	lineLife = 2 * time.Minute
)

// A listener has few connections at a time, each for a while.
type listener struct {
	net.Listener
	room chan struct{}

	mu    sync.Mutex
	open  map[*line]struct{}
	ended bool
}

func bounded(l net.Listener) *listener {
	return &listener{Listener: l, room: make(chan struct{}, maxLines), open: map[*line]struct{}{}}
}

// Accept waits for room first: whoever comes then waits in the system's queue.
func (l *listener) Accept() (net.Conn, error) {
	l.room <- struct{}{}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.room
		return nil, err
	}
	one := &line{Conn: conn, until: time.Now().Add(lineLife)}
	one.leave = sync.OnceFunc(func() { l.left(one) })
	l.entered(one)
	return one, nil
}

func (l *listener) entered(one *line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[one] = struct{}{}
	if l.ended {
		_ = one.Conn.Close()
	}
}

func (l *listener) left(one *line) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, one)
	<-l.room
}

// end closes everything.
func (l *listener) end() {
	_ = l.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = true
	for one := range l.open {
		_ = one.Conn.Close()
	}
}

// A line ends in time, however much is said on it.
type line struct {
	net.Conn
	until time.Time
	leave func()
}

func (l *line) SetReadDeadline(t time.Time) error {
	if t.After(l.until) {
		t = l.until
	}
	return l.Conn.SetReadDeadline(t)
}

// hangUp ends it after the present answer. It is for the one that reads.
func (l *line) hangUp() { l.until = time.Now() }

func (l *line) Close() error {
	defer l.leave()
	return l.Conn.Close()
}
