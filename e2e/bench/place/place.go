// Package place opens the stores of one measurement: files in a folder, or databases of a MongoDB-compatible server. Who seeds it and the
// worker that is measured open the same place, each in a process of its own.
package place

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
)

// Kinds of place.
const (
	SQLite  = "sqlite"
	MongoDB = "mongodb"
)

// A Spec names a place, in a form that an argument of a command can carry.
type Spec struct {
	Kind string // SQLite or MongoDB
	At   string // SQLite: a folder that is there; MongoDB: the server's URI
	Name string // MongoDB: the database, which the place has for itself
}

// String is what Parse reads.
func (s Spec) String() string { return strings.Join([]string{s.Kind, s.Name, s.At}, " ") }

// Parse reads what String wrote.
func Parse(text string) (Spec, error) {
	parts := strings.SplitN(text, " ", 3)
	if len(parts) != 3 || parts[0] != SQLite && parts[0] != MongoDB {
		return Spec{}, fmt.Errorf("read place %q: want sqlite or mongodb, a name and where", text)
	}
	return Spec{Kind: parts[0], Name: parts[1], At: parts[2]}, nil
}

// A Place is an open Spec.
type Place struct {
	Spec   Spec
	Events eventstore.Store
	Keys   keyring.Store

	addKeys func(ctx context.Context, p keyring.Purpose, rows []keyring.WrappedKey) error
}

var kinds = []string{worker.GuardKind, worker.EnrollmentKind, worker.NotificationKind}

// Open opens a place, and makes what is missing.
func Open(ctx context.Context, s Spec) (*Place, error) {
	if s.Kind == MongoDB {
		return openMongoDB(ctx, s)
	}
	return openSQLite(ctx, s)
}

// AddKeys adds rows of users who have none. Stores add one key at a time, each on disk before the next: a million would take an hour.
func (p *Place) AddKeys(ctx context.Context, of keyring.Purpose, rows []keyring.WrappedKey) error {
	if err := p.addKeys(ctx, of, rows); err != nil {
		return fmt.Errorf("add %s keys: %w", of, err)
	}
	return nil
}

// Close closes the place and leaves what is in it.
func (p *Place) Close() error { return errors.Join(p.Events.Close(), p.Keys.Close()) }

func table(of keyring.Purpose) string {
	if of == keyring.Seed {
		return "seed_keys"
	}
	return "delivery_keys"
}
