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

// openPolicy reads the folder's policy.yaml, which it makes where there is none.
func openPolicy(f *Folder) (platforms, error) {
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

func (p platforms) names() []string {
	var names []string
	for _, one := range p.set.Load().All() {
		names = append(names, one.Platform)
	}
	return names
}

// follow takes over each change of the file once its policies are kept, until closed.
func (p platforms) follow(ctx context.Context, store eventstore.Store, log *slog.Logger, closers *stack) error {
	if err := keep(ctx, store, p.set.Load()); err != nil {
		return err
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		p.set.Load().Watch(watching, func(set *policy.Set, err error) {
			if err == nil {
				err = keep(watching, store, set)
			}
			if err != nil {
				log.Error("policy is as it was: the file is at fault", "error", err)
				return
			}
			p.set.Store(set)
			log.Info("policy has changed")
		})
	}()
	closers.add(func(context.Context) error { stop(); <-done; return nil })
	return nil
}

// keep keeps the policies by hash: commits name the hash that they were decided under.
func keep(ctx context.Context, store eventstore.Store, set *policy.Set) error {
	for _, one := range set.All() {
		if err := store.PutPolicy(ctx, one.Hash, one.Document); err != nil {
			return fmt.Errorf("keep policy of %s: %w", one.Platform, err)
		}
	}
	return nil
}
