package faults_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"countersign/e2e/program"
	"countersign/pkg/worker/bus"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// A server is a nats-server, which keeps its ports and its files over its deaths.
type server struct {
	*program.Program
	binary, name, conf, dir, port string
}

// users is what `countersign nats-config` prints of them.
func (s *site) users(ctx context.Context) (string, error) {
	return s.countersign(ctx, nil, "nats-config", "--users-only", "--passwords", s.passwords, "--make-passwords", "--hash-cost", "4", "--repair")
}

func (s *site) startServers(ctx context.Context) (err error) {
	if s.size > 1 {
		if s.mesh, err = newMesh(s.size); err != nil {
			return err
		}
	}
	for i := range s.size {
		b := &server{binary: s.binary("nats-server"), name: fmt.Sprintf("bus-%d", i), port: "-1"}
		b.conf, b.dir = filepath.Join(s.dir, b.name+".conf"), filepath.Join(s.dir, b.name)
		s.servers = append(s.servers, b)
	}
	s.server = s.servers[0]
	if err := s.configure(ctx); err != nil {
		return err
	}
	for _, b := range s.servers {
		if err := b.start(ctx); err != nil {
			return err
		}
	}
	return nil
}

// configure writes what the servers read when they start or are told to.
func (s *site) configure(ctx context.Context) error {
	users, err := s.users(ctx)
	if err != nil {
		return err
	}
	for i, b := range s.servers {
		text := fmt.Sprintf("server_name: %s\njetstream { store_dir: %q }\n%s%s", b.name, b.dir, s.mesh.conf(i), users)
		if err := os.WriteFile(b.conf, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// url names all servers, beside the line.
func (s *site) url() string {
	var all []string
	for _, b := range s.servers {
		all = append(all, "nats://"+b.address())
	}
	return strings.Join(all, ",")
}

// start returns when it takes connections and has read its streams.
func (s *server) start(ctx context.Context) (err error) {
	if s.Program, err = program.Launch(s.binary, nil, "-c", s.conf, "-a", "127.0.0.1", "-p", s.port); err != nil {
		return err
	}
	if s.port, err = s.Await(ctx, `Listening for client connections on 127\.0\.0\.1:(\d+)`); err != nil {
		return err
	}
	_, err = s.Await(ctx, "(Server is ready)")
	return err
}

func (s *server) address() string { return net.JoinHostPort("127.0.0.1", s.port) }

func (s *server) dies(ctx context.Context) error {
	if err := s.Kill(); err != nil {
		return err
	}
	return s.start(ctx)
}

func (s *server) freezes(ctx context.Context, d time.Duration) error {
	if err := s.Freeze(); err != nil {
		return err
	}
	err := rest(ctx, d)
	if again := s.Thaw(); err == nil {
		err = again
	}
	return err
}

// redelivery is how long the bus waits for a worker that it has given a message to; in production 30 s.
const redelivery = 2 * time.Second

// hurry has the bus deliver anew sooner, so that a death costs seconds.
func (s *site) hurry(ctx context.Context) error {
	return s.eachDurable(ctx, func(stream string, c *jetstream.ConsumerInfo) error {
		conf := c.Config
		conf.AckWait = redelivery
		_, err := s.streams.UpdateConsumer(ctx, stream, conf)
		return err
	})
}

// soon bounds one question to the bus: whoever would have answered may be dead, and the library waits for as long as it is let.
func soon(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, 10*time.Second)
}

var streamNames = []string{bus.StreamIn, bus.StreamOut, bus.StreamTimer}

func (s *site) eachDurable(ctx context.Context, do func(stream string, c *jetstream.ConsumerInfo) error) error {
	for _, name := range streamNames {
		asking, cancel := soon(ctx)
		defer cancel()
		stream, err := s.streams.Stream(asking, name)
		if err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		list := stream.ListConsumers(asking)
		for c := range list.Info() {
			if c.Config.Durable == "" { // somebody's who only looks
				continue
			}
			if err := do(name, c); err != nil {
				return fmt.Errorf("consumer %s of %s: %w", c.Name, name, err)
			}
		}
		if err := list.Err(); err != nil {
			return fmt.Errorf("list consumers of %s: %w", name, err)
		}
	}
	return nil
}

// connect connects beside the line, as a user of the configuration whose inboxes are under a prefix.
func (s *site) connect(user, inbox string) (*nats.Conn, error) {
	password, err := os.ReadFile(filepath.Join(s.passwords, user))
	if err != nil {
		return nil, err
	}
	return nats.Connect(s.url(), nats.UserInfo(user, string(password)), nats.CustomInboxPrefix(inbox),
		nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.ReconnectJitter(0, 0))
}
