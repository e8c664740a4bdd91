package dev

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/sqlitestore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/sqlitekeys"
	"gocloud.dev/secrets"
)

// storage is where everything rests: commits in one file, keyrings in another, as their backups are apart in production.
type storage struct {
	events eventstore.Store
	keys   *sqlitekeys.Store
	folder *Folder
}

// StoreIn is the file of the commits in a folder.
func StoreIn(folder string) string { return filepath.Join(folder, "store.db") }

// KeysIn is the file of the keyrings in a folder.
func KeysIn(folder string) string { return filepath.Join(folder, "keyring.db") }

func openStorage(ctx context.Context, f *Folder, log *slog.Logger) (*storage, error) {
	store, err := sqlitestore.Open(ctx, sqlitestore.Config{Path: StoreIn(f.path), Logger: log})
	if err != nil {
		return nil, err
	}
	keys, err := sqlitekeys.Open(ctx, sqlitekeys.Config{Path: KeysIn(f.path)})
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return &storage{events: store, keys: keys, folder: f}, nil
}

func (s *storage) Close() error { return errors.Join(s.events.Close(), s.keys.Close()) }

// rings opens the keys that a worker may use: the notifier has no seeds, only enroll writes.
func (s *storage) rings(ctx context.Context, name string) (*keyring.Rings, error) {
	urls := map[keyring.Purpose]string{keyring.Delivery: keeperURL(s.folder.keys.Delivery)}
	if name == "enroll" || name == "verify" {
		urls[keyring.Seed] = keeperURL(s.folder.keys.Seed)
	}
	keepers := map[keyring.Purpose]*secrets.Keeper{}
	for purpose, url := range urls {
		keeper, err := keyring.OpenKeeper(ctx, events.NewSecret(url))
		if err != nil {
			return nil, err
		}
		keepers[purpose] = keeper
	}
	rings, err := keyring.Open(ctx, keyring.Config{Store: s.keys, Keepers: keepers, Writer: name == "enroll"})
	if err != nil {
		return nil, fmt.Errorf("open keyrings for %s: %w", name, err)
	}
	return rings, nil
}
