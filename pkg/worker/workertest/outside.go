package workertest

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"countersign/pkg/events/catalog"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/sqlitestore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/memkeys"
	"countersign/pkg/worker/keyring/sqlitekeys"
	"countersign/pkg/worker/policy"
)

const (
	storeFile = "store.db"
	keysFile  = "keys.db"
)

// place is SQLite's, in the house's folder where it has one.
func (c Config) place() Place {
	if c.Folder == "" {
		return SQLite
	}
	return func(t testing.TB) eventstore.Store { return sqliteIn(t, c.Folder) }
}

func (c Config) keys(t testing.TB) keyring.Store {
	t.Helper()
	if c.Folder == "" {
		return &memkeys.Store{}
	}
	s, err := sqlitekeys.Open(t.Context(), sqlitekeys.Config{Path: filepath.Join(c.Folder, keysFile)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// An Outside is what a process of its own needs to be a worker of a house that has a Folder: one that can be killed for good. It goes from one
// process to the other as JSON, and holds keys and a password in clear: they are a test's.
type Outside struct {
	Bus, User, Password string
	Folder              string
	Keepers             map[keyring.Purpose]string // URLs, of the purposes that the worker may open
	Operator            []byte                     // the public key that dead letters are sealed to
	Ahead               time.Duration              // how much time has passed that the bus's clock does not show
}

// Outside is what a process needs to be a worker here.
func (h *House) Outside(name string) Outside {
	keepers := map[keyring.Purpose]string{keyring.Delivery: h.Keys.urls[keyring.Delivery]}
	if seeds(name) {
		keepers[keyring.Seed] = h.Keys.urls[keyring.Seed]
	}
	return Outside{Bus: h.Bus.URL(), User: name, Password: password, Folder: h.folder, Keepers: keepers, Operator: h.dead.Public()}
}

// Run is w until ctx ends: it says ready once it hears, and drains.
func (o Outside) Run(ctx context.Context, w worker.Worker, policies func(platform string) (policy.Policy, bool), log *slog.Logger, ready func()) error {
	c, err := o.ground(ctx, w.Name, log)
	if err != nil {
		return err
	}
	c.Policies = policies
	running, err := worker.Start(ctx, w, c)
	if err != nil {
		return err
	}
	select {
	case <-running.Ready():
		ready()
	case <-running.Failed():
	}
	select {
	case <-ctx.Done():
	case <-running.Failed():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), Patience)
	defer cancel()
	return errors.Join(running.Failure(), running.Drain(last))
}

// ground opens what lasts as long as the process.
func (o Outside) ground(ctx context.Context, name string, log *slog.Logger) (c worker.Config, err error) {
	c = worker.Config{Registry: catalog.New(), DeadLetterKey: o.Operator, Logger: log, Time: o.now}
	c.Conn, err = bus.Connect(bus.ConnectConfig{URL: o.Bus, Worker: name, User: o.User, Password: o.Password, Logger: log})
	if err != nil {
		return c, err
	}
	if c.Store, err = sqlitestore.Open(ctx, sqlitestore.Config{Path: filepath.Join(o.Folder, storeFile)}); err != nil {
		return c, err
	}
	keys, err := sqlitekeys.Open(ctx, sqlitekeys.Config{Path: filepath.Join(o.Folder, keysFile)})
	if err != nil {
		return c, err
	}
	keepers, err := openKeepers(ctx, o.Keepers)
	if err != nil {
		return c, err
	}
	if c.Rings, err = keyring.Open(ctx, keyring.Config{Store: keys, Keepers: keepers, Writer: name == writer}); err != nil {
		return c, err
	}
	c.Keys, err = keyring.OpenKeySet(ctx, keyring.KeySetConfig{Rings: c.Rings, Logger: log})
	return c, err
}

func (o Outside) now() time.Time { return time.Now().Add(o.Ahead) }
