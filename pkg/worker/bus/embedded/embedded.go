// Package embedded runs a real nats-server inside this process, with JetStream on disk and the same permissions as in
// production. It is what `countersign dev` and tests stand on.
package embedded

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"countersign/pkg/worker/bus"
)

const (
	readyWait  = 10 * time.Second
	readyStep  = 50 * time.Millisecond
	maxPayload = 1 << 20
)

// A User is a credential of the server.
type User struct {
	Name, Password string
	Permissions    *bus.Permissions // nil: everything
}

// Config says what server to run.
type Config struct {
	Dir       string       // of the streams; they survive a restart
	Host      string       // default 127.0.0.1
	Port      int          // 0: a free one
	Key       string       // encrypts the streams at rest by AES; empty: not encrypted
	Users     []User       // none: everybody may do everything
	Anonymous string       // the user that a client without credentials is; empty: such a client is refused
	Flush     bool         // to disk before every confirmation, instead of now and then
	Logger    *slog.Logger // hears what goes wrong in the server; nil: nobody does
}

// A Server is a running nats-server. Its InProcessConn is for nats.InProcessServer.
type Server struct{ *server.Server }

// Start returns when clients can connect.
func Start(c Config) (*Server, error) {
	s, err := server.NewServer(options(c))
	if err != nil {
		return nil, fmt.Errorf("start embedded bus: %w", err)
	}
	j := journal{log: c.Logger, fatal: make(chan error, 1)}
	if j.log == nil {
		j.log = slog.New(slog.DiscardHandler)
	}
	s.SetLogger(j, false, false)
	s.Start()
	if err := ready(s, j.fatal); err != nil {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, fmt.Errorf("start embedded bus: %w", err)
	}
	return &Server{s}, nil
}

func ready(s *server.Server, fatal <-chan error) error {
	for end := time.Now().Add(readyWait); time.Now().Before(end); {
		if s.ReadyForConnections(readyStep) {
			return nil
		}
		select {
		case err := <-fatal:
			return err
		default:
		}
	}
	return errors.New("not ready in time")
}

// Port is where clients connect.
func (s *Server) Port() int { return s.Addr().(*net.TCPAddr).Port }

// Stop returns when the streams are closed.
func (s *Server) Stop() {
	s.Shutdown()
	s.WaitForShutdown()
}

func options(c Config) *server.Options {
	o := &server.Options{
		ServerName: "countersign", Host: c.Host, Port: c.Port,
		JetStream: true, StoreDir: c.Dir, SyncAlways: c.Flush,
		NoSigs:     true,
		MaxPayload: maxPayload, NoAuthUser: c.Anonymous, Users: users(c.Users),
	}
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	if o.Port == 0 {
		o.Port = server.RANDOM_PORT
	}
	if c.Key != "" {
		o.JetStreamKey, o.JetStreamCipher = c.Key, server.AES
	}
	return o
}

func users(all []User) []*server.User {
	var us []*server.User
	for _, u := range all {
		s := &server.User{Username: u.Name, Password: u.Password}
		if u.Permissions != nil {
			s.Permissions = Permissions(*u.Permissions)
		}
		us = append(us, s)
	}
	return us
}

// Permissions are p as the server has them.
func Permissions(p bus.Permissions) *server.Permissions {
	s := &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: p.Publish},
		Subscribe: &server.SubjectPermission{Allow: p.Subscribe},
	}
	if p.Respond {
		s.Response = &server.ResponsePermission{MaxMsgs: 1, Expires: 10 * time.Second}
	}
	return s
}
