package worker

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/policy"
)

const keepAgain = 2 * time.Second

// Policies is the policy file as it stands now. It is safe for concurrent use.
type Policies struct {
	set *atomic.Pointer[policy.Set]
	log *slog.Logger
}

// NewPolicies begins with a set that was read; what changes, and what is at fault, is logged.
func NewPolicies(set *policy.Set, log *slog.Logger) *Policies {
	p := &Policies{set: new(atomic.Pointer[policy.Set]), log: log}
	p.set.Store(set)
	return p
}

// Of is a platform's policy: Config.Policies.
func (p *Policies) Of(platform string) (policy.Policy, bool) { return p.set.Load().For(platform) }

// All is every policy, by name.
func (p *Policies) All() []policy.Policy { return p.set.Load().All() }

// Platforms are those that have one, by name: Config.Platforms.
func (p *Policies) Platforms() []string {
	var names []string
	for _, one := range p.All() {
		names = append(names, one.Platform)
	}
	return names
}

// Keep keeps the policies by hash: commits name the hash that they were decided under. It comes before the first decision.
func (p *Policies) Keep(ctx context.Context, store eventstore.Store) error {
	return keep(ctx, store, p.set.Load())
}

// Follow takes over each change of the file once its policies are kept, until ctx ends; its error is always nil.
func (p *Policies) Follow(ctx context.Context, store eventstore.Store) error {
	p.set.Load().Watch(ctx, func(set *policy.Set, err error) {
		if err != nil {
			p.log.ErrorContext(ctx, "policy stays as it was", "error", err)
			return
		}
		if p.keepPatiently(ctx, store, set) {
			p.set.Store(set)
			p.log.InfoContext(ctx, "policy has changed")
		}
	})
	return nil
}

// keepPatiently tries until the store takes it: the file, which has been read, would not be looked at again until it changes.
func (p *Policies) keepPatiently(ctx context.Context, store eventstore.Store, set *policy.Set) bool {
	again := time.NewTicker(keepAgain)
	defer again.Stop()
	for {
		err := keep(ctx, store, set)
		if err == nil {
			return true
		}
		p.log.WarnContext(ctx, "policy stays as it was until the store takes it", "error", err)
		select {
		case <-again.C:
		case <-ctx.Done():
			return false
		}
	}
}

func keep(ctx context.Context, store eventstore.Store, set *policy.Set) error {
	for _, one := range set.All() {
		if err := store.PutPolicy(ctx, one.Hash, one.Document); err != nil {
			return fmt.Errorf("keep policy of %s: %w", one.Platform, err)
		}
	}
	return nil
}
