// Package stand sets up the verify worker, alone on a bus and a store of its own with enrolled users, and takes all of it away again.
package stand

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/ours"
	"countersign/e2e/bench/place"
	"countersign/e2e/bench/rig"
)

// Config says what to set up.
type Config struct {
	Dir     string // for files; what is made there is removed
	MongoDB string // URI of the server; empty: SQLite in Dir
	Users   int    // that have an app
}

// Stores are the kinds of place there can be with a server at mongodb, or without one.
func Stores(mongodb string) []string {
	if mongodb == "" {
		return []string{place.SQLite}
	}
	return []string{place.SQLite, place.MongoDB}
}

// On is the Config of a store of that kind.
func On(store, dir, mongodb string, users int) Config {
	if store == place.SQLite {
		mongodb = ""
	}
	return Config{Dir: dir, MongoDB: mongodb, Users: users}
}

// A Stand is a bus with the durables of verify, and a store. Worker is nil until Start.
type Stand struct {
	Bus    *rig.Bus
	At     place.Spec
	Users  []crowd.User
	Worker *rig.Process

	dir string
}

// Open returns when every user is enrolled.
func Open(ctx context.Context, c Config) (s *Stand, err error) {
	s = &Stand{Users: crowd.New(c.Users)}
	if s.dir, err = os.MkdirTemp(c.Dir, "stand-"); err != nil {
		return nil, err
	}
	s.At = place.Spec{Kind: place.SQLite, Name: "-", At: filepath.Join(s.dir, "store")}
	if c.MongoDB != "" {
		s.At = place.Spec{Kind: place.MongoDB, Name: "stand_" + strings.ToLower(rand.Text()[:12]), At: c.MongoDB}
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Stand) open(ctx context.Context) (err error) {
	if s.At.Kind == place.SQLite {
		if err := os.Mkdir(s.At.At, 0o700); err != nil {
			return err
		}
	}
	if s.Bus, err = rig.Start(ctx, filepath.Join(s.dir, "nats")); err != nil {
		return err
	}
	row := ours.Contender()
	if err := row.Seed(ctx, s.At, s.Users); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	return row.Listen(ctx, s.Bus)
}

// Challenge has every user log in; the worker must run.
func (s *Stand) Challenge(ctx context.Context) error {
	return ours.Contender().Challenge(ctx, s.Bus, s.Users)
}

// Close stops everything and leaves nothing behind.
func (s *Stand) Close() error {
	err := s.Stop()
	if s.Bus != nil {
		s.Bus.Stop()
	}
	return errors.Join(err, place.Drop(context.Background(), s.At), os.RemoveAll(s.dir))
}
