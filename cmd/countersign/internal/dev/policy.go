package dev

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync/atomic"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/policy"
)

//go:embed acme.yaml
var acme []byte

// platforms is the policy file as it stands now.
type platforms struct{ set *atomic.Pointer[policy.Set] }

// openPolicy reads the folder's policy.yaml, which it makes where there is none, and follows its changes.
func openPolicy(ctx context.Context, f *Folder, log *slog.Logger) (platforms, error) {
	path := f.Path("policy.yaml")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := writeDurably(path, acme); err != nil {
			return platforms{}, fmt.Errorf("write policy: %w", err)
		}
	}
	set, err := policy.Load(path)
	if err != nil {
		return platforms{}, err
	}
	p := platforms{set: new(atomic.Pointer[policy.Set])}
	p.set.Store(set)
	return p, nil
}

func (p platforms) of(name string) (policy.Policy, bool) { return p.set.Load().For(name) }

// keep keeps the policies by hash: commits name the hash that they were decided under.
func (p platforms) keep(ctx context.Context, store eventstore.Store) error {
	for _, one := range p.set.Load().All() {
		if err := store.PutPolicy(ctx, one.Hash, one.Document); err != nil {
			return fmt.Errorf("keep policy of %s: %w", one.Platform, err)
		}
	}
	return nil
}

func (p platforms) names() []string {
	var names []string
	for _, one := range p.set.Load().All() {
		names = append(names, one.Platform)
	}
	return names
}
