package dev

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"

	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/policy"
	"countersign/services/recovery"
)

//go:embed acme.yaml
var acme []byte

// openPolicy reads the folder's policy.yaml, which it makes where there is none. The file is the user's own, and a folder outlives a
// port: where it names no addresses for a recovery, those of this page hold.
func openPolicy(f *Folder, page string, log *slog.Logger) (*worker.Policies, error) {
	path := f.Path("policy.yaml")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := writeDurably(path, acme); err != nil {
			return nil, fmt.Errorf("write policy: %w", err)
		}
	}
	set, err := policy.LoadWith(path, func(p *policy.Policy) {
		p.Recovery.URL, p.ReturnURL = page+recovery.Base, page+"/sign-in"
	})
	if err != nil {
		return nil, err
	}
	for _, p := range set.All() {
		err = errors.Join(err, recovery.CheckPolicy(p))
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return worker.NewPolicies(set, log), nil
}

// follow takes over each change of the file, until closed.
func follow(ctx context.Context, p *worker.Policies, store eventstore.Store, closers *stack) error {
	if err := p.Keep(ctx, store); err != nil {
		return err
	}
	watching, stop := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = p.Follow(watching, store) // always nil
	}()
	closers.add(func(context.Context) error { stop(); <-done; return nil })
	return nil
}
