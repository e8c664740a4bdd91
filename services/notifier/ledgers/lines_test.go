package ledgers_test

import (
	"net"
	"sync"
	"testing"
)

// A line is where one process finds the providers: what it has said there is over when the line is.
type line struct {
	mail, text, other net.Listener
	accepting, open   sync.WaitGroup
}

// A door is one server's side of all lines.
type door struct {
	conns  chan net.Conn
	closed chan struct{}
}

func newDoor() *door { return &door{make(chan net.Conn), make(chan struct{})} }

func (d *door) Accept() (net.Conn, error) {
	select {
	case c := <-d.conns:
		return c, nil
	case <-d.closed:
		return nil, net.ErrClosed
	}
}

func (d *door) Close() error {
	select {
	case <-d.closed:
	default:
		close(d.closed)
	}
	return nil
}

func (d *door) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }

// listen has the line lead to d.
func (l *line) listen(t *testing.T, d *door) net.Listener {
	t.Helper()
	from, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.accepting.Go(func() {
		for {
			c, err := from.Accept()
			if err != nil {
				return
			}
			l.open.Add(1)
			counted := &conn{TCPConn: c.(*net.TCPConn), gone: sync.OnceFunc(l.open.Done)}
			select {
			case d.conns <- counted:
			case <-d.closed:
				_ = counted.Close()
			}
		}
	})
	return from
}

// conn is counted until the server has closed it, which it does once it has done all that the client asked for.
type conn struct {
	*net.TCPConn
	gone func()
}

func (c *conn) Close() error {
	defer c.gone()
	return c.TCPConn.Close()
}

// over returns when nothing that the process has said will have an effect any more. The process is dead.
func (l *line) over() {
	for _, from := range []net.Listener{l.mail, l.text, l.other} {
		_ = from.Close()
	}
	l.accepting.Wait()
	l.open.Wait()
}
