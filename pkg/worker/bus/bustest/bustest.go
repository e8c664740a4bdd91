// Package bustest gives tests a real bus: a nats-server in this process, its streams in the test's folder.
package bustest

import (
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/embedded"
)

// A Server is the bus of one test and ends with it.
type Server struct {
	conf  embedded.Config
	mu    sync.Mutex
	now   *embedded.Server
	conns []*nats.Conn
}

// Start starts a bus. Dir is the test's own where it is empty; without Users everybody may do everything.
func Start(t testing.TB, c embedded.Config) *Server {
	t.Helper()
	if c.Dir == "" {
		c.Dir = t.TempDir()
	}
	s := &Server{conf: c}
	s.start(t)
	t.Cleanup(s.Stop)
	return s
}

func (s *Server) start(t testing.TB) {
	t.Helper()
	now, err := embedded.Start(s.conf)
	if err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = now
	s.conf.Port = now.Port() // the same after a restart
}

// Stop stops the bus. What it has stored stays until the test ends.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now != nil {
		s.now.Stop()
	}
	s.now = nil
}

// Restart stops the bus and starts it again at the same address with the same streams. It returns when every connection has
// found it again.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	conns := s.open()
	lost := statuses(conns, nats.RECONNECTING)
	s.Stop()
	await(t, conns, lost)
	s.Resume(t)
}

// Resume is Restart for a bus that is stopped, which every connection has noticed.
func (s *Server) Resume(t testing.TB) {
	t.Helper()
	conns := s.open()
	found := statuses(conns, nats.CONNECTED)
	s.start(t)
	await(t, conns, found)
}

func (s *Server) open() []*nats.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.conns), (*nats.Conn).IsClosed)
}

func statuses(conns []*nats.Conn, s nats.Status) []chan nats.Status {
	all := make([]chan nats.Status, len(conns))
	for i, c := range conns {
		all[i] = c.StatusChanged(s)
	}
	return all
}

func await(t testing.TB, conns []*nats.Conn, all []chan nats.Status) {
	t.Helper()
	for i, status := range all {
		select {
		case <-status:
		case <-time.After(10 * time.Second):
			t.Fatal("a connection did not notice the restart")
		}
		conns[i].RemoveStatusListener(status)
	}
}

// URL is where clients connect.
func (s *Server) URL() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now.ClientURL()
}

// Connect connects a worker; its user, where there are users, is the one of its name. The connection closes with the test.
func (s *Server) Connect(t testing.TB, worker string, opts ...nats.Option) *bus.Conn {
	t.Helper()
	user, password := s.credential(worker)
	c, err := bus.Connect(bus.ConnectConfig{
		URL: s.URL(), Worker: worker, User: user, Password: password, Logger: Logger(t), Options: opts,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.keep(t, c)
	return c
}

// ConnectPlatform connects a platform as user, with the platform's inbox prefix.
func (s *Server) ConnectPlatform(t testing.TB, platform, user string, opts ...nats.Option) *bus.Conn {
	t.Helper()
	user, password := s.credential(user)
	c, err := bus.Connect(bus.ConnectConfig{
		URL: s.URL(), Worker: platform, User: user, Password: password, Logger: Logger(t),
		Options: append([]nats.Option{nats.CustomInboxPrefix(bus.PlatformInboxPrefix(platform))}, opts...),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.keep(t, c)
	return c
}

func (s *Server) keep(t testing.TB, c *bus.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, c.Conn)
	t.Cleanup(func() { shut(c.Conn) })
}

func (s *Server) credential(name string) (user, password string) {
	for _, u := range s.conf.Users {
		if u.Name == name {
			return u.Name, u.Password
		}
	}
	return "", ""
}

// Ensure makes the streams of r and the durables of a worker that listens to the types named.
func (s *Server) Ensure(t testing.TB, conn *bus.Conn, r *events.Registry, worker string, names ...string) {
	t.Helper()
	js, err := jetstream.New(conn.Conn)
	if err != nil {
		t.Fatal(err)
	}
	consumers, err := bus.Consumers(r, worker, names, bus.Scale{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bus.Ensure(t.Context(), js, bus.StreamOptions{Registry: r}, consumers); err != nil {
		t.Fatal(err)
	}
}

// Logger writes into the test's log until the test is over.
func Logger(t testing.TB) *slog.Logger {
	w := &output{t: t}
	t.Cleanup(w.close)
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// output drops what is written after the test, which would panic.
type output struct {
	mu   sync.Mutex
	t    testing.TB
	over bool
}

func (o *output) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.over {
		return len(line), nil
	}
	return o.t.Output().Write(line)
}

func (o *output) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
}

// shut waits, so that no goroutine of the connection outlives the test.
func shut(nc *nats.Conn) {
	closed := make(chan struct{})
	nc.SetClosedHandler(func(*nats.Conn) { close(closed) })
	if nc.IsClosed() {
		return
	}
	nc.Close()
	<-closed
}
