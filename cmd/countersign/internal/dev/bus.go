package dev

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"

	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/bus/embedded"
	"github.com/nats-io/nats.go/jetstream"
)

// Platform is the one that is configured; a client without credentials is it.
const Platform = "acme"

const operator = "_operator"

// startBus starts the embedded server with the permissions of production: each worker has its own, a stranger has acme's.
func startBus(c Config, f *Folder, p *worker.Policies, workers []worker.Worker) (*embedded.Server, error) {
	host, port, err := splitAddress("--nats", c.NATS)
	if err != nil {
		return nil, err
	}
	users, err := credentials(f, p, workers)
	if err != nil {
		return nil, err
	}
	if err := free("--nats", c.NATS); err != nil {
		return nil, err
	}
	return embedded.Start(embedded.Config{
		Dir: f.Path("nats"), Host: host, Port: port, Key: base64.StdEncoding.EncodeToString(f.keys.Bus),
		Users: users, Anonymous: Platform,
	})
}

// credentials are those of production but for the platforms' passwords: for development, each platform's is its name.
func credentials(f *Folder, p *worker.Policies, workers []worker.Worker) ([]embedded.User, error) {
	admin := bus.OperatorPermissions()
	users := []embedded.User{{Name: operator, Password: f.password(), Permissions: &admin}}
	for _, one := range p.All() {
		own, err := platformUsers(one.Platform)
		if err != nil {
			return nil, err
		}
		users = append(users, own...)
	}
	for _, w := range workers {
		may, err := bus.WorkerPermissions(contract, w.Name, w.Hears)
		if err != nil {
			return nil, err
		}
		users = append(users, embedded.User{Name: workerUser(w.Name), Password: f.password(), Permissions: &may})
	}
	return users, nil
}

// platformUsers are one that has every role, for trying things out, and one for each role, as in production: acme, acme.login, …
func platformUsers(name string) ([]embedded.User, error) {
	may, err := bus.PlatformPermissions(contract, name, contract.Roles()...)
	users := []embedded.User{{Name: name, Password: name, Permissions: &may}}
	for _, role := range contract.Roles() {
		one, bad := bus.PlatformPermissions(contract, name, role)
		users = append(users, embedded.User{Name: name + "." + role, Password: name, Permissions: &one})
		err = errors.Join(err, bad)
	}
	return users, err
}

// workerUser keeps workers apart from a platform that is named like one.
func workerUser(name string) string { return "_" + name }

func (f *Folder) password() string { return base64.RawURLEncoding.EncodeToString(f.keys.Worker) }

// connect connects within the process, with the credential of a worker or of the operator.
func connect(s *embedded.Server, f *Folder, user, name string, log *slog.Logger) (*bus.Conn, error) {
	return bus.Connect(bus.ConnectConfig{
		Worker: name, User: user, Password: f.password(), InProcess: s, Logger: log,
	})
}

// ensureStreams makes what the workers listen to, as `countersign streams apply` does in production.
func ensureStreams(ctx context.Context, conn *bus.Conn, p *worker.Policies, workers []worker.Worker) error {
	js, err := jetstream.New(conn.Conn)
	if err != nil {
		return fmt.Errorf("ensure streams: %w", err)
	}
	var all []bus.Consumer
	for _, one := range p.All() {
		all = append(all, bus.PlatformConsumer(one.Platform))
	}
	for _, w := range workers {
		consumers, err := bus.Consumers(registry, w.Name, w.Hears, bus.Scale{})
		if err != nil {
			return err
		}
		all = append(all, consumers...)
	}
	_, err = bus.Ensure(ctx, js, bus.StreamOptions{Registry: registry}, all)
	return err
}

func splitAddress(flag, address string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(address)
	if err == nil {
		port, err = strconv.Atoi(text)
	}
	if err != nil || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("%s %q is not an address such as 127.0.0.1:4222; port 0 picks a free one", flag, address)
	}
	return host, port, nil
}

// free says in words what a server would only time out on.
func free(flag, address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen on %s: %w: stop what runs there, or pick another port with %s (0 for a free one)", address, err, flag)
	}
	return l.Close()
}
