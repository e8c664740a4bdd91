// Package embedded runs a real nats-server inside this process, with JetStream on disk and the same permissions as in
// production. It is what `countersign dev` and tests stand on.
package embedded

import (
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"countersign/pkg/worker/bus"
)

const (
	readyWait  = 10 * time.Second
	maxPayload = 1 << 20
)

// A User is a credential of the server.
type User struct {
	Name, Password string
	Permissions    *bus.Permissions // nil: everything
}

// Config says what server to run.
type Config struct {
	Dir       string // of the streams; they survive a restart
	Host      string // default 127.0.0.1
	Port      int    // 0: a free one
	Key       string // encrypts the streams at rest by ChaCha20-Poly1305; empty: not encrypted
	Users     []User // none: everybody may do everything
	Anonymous string // the user that a client without credentials is; empty: such a client is refused
	Flush     bool   // to disk before every confirmation, instead of now and then
}

// A Server is a running nats-server. Its InProcessConn is for nats.InProcessServer.
type Server struct{ *server.Server }

// Start returns when clients can connect.
func Start(c Config) (*Server, error) {
	s, err := server.NewServer(options(c))
	if err != nil {
		return nil, fmt.Errorf("start embedded bus: %w", err)
	}
	s.Start()
	if !s.ReadyForConnections(readyWait) {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, errors.New("start embedded bus: not ready in time: is the port taken, or the folder in use?")
	}
	return &Server{s}, nil
}

// Stop returns when the streams are closed.
func (s *Server) Stop() {
	s.Shutdown()
	s.WaitForShutdown()
}

func options(c Config) *server.Options {
	o := &server.Options{
		ServerName: "countersign", Host: c.Host, Port: c.Port,
		JetStream: true, StoreDir: c.Dir, SyncAlways: c.Flush,
		NoLog: true, NoSigs: true,
		MaxPayload: maxPayload, NoAuthUser: c.Anonymous, Users: users(c.Users),
	}
	if o.Host == "" {
		o.Host = "127.0.0.1"
	}
	if o.Port == 0 {
		o.Port = server.RANDOM_PORT
	}
	if c.Key != "" {
		o.JetStreamKey, o.JetStreamCipher = c.Key, server.ChaCha
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
