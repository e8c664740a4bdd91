package process

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

// policies is the policy file as it stands now.
type policies struct {
	set *atomic.Pointer[policy.Set]
	log *slog.Logger
}

func newPolicies(set *policy.Set, log *slog.Logger) *policies {
	p := &policies{set: new(atomic.Pointer[policy.Set]), log: log}
	p.set.Store(set)
	return p
}

func (p *policies) of(platform string) (policy.Policy, bool) { return p.set.Load().For(platform) }

// follow takes over each change of the file once its policies are kept; its error is always nil.
func (p *policies) follow(ctx context.Context, store eventstore.Store) error {
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
func (p *policies) keepPatiently(ctx context.Context, store eventstore.Store, set *policy.Set) bool {
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

// keep keeps the policies by hash: commits name the hash that they were decided under.
func keep(ctx context.Context, store eventstore.Store, set *policy.Set) error {
	for _, one := range set.All() {
		if err := store.PutPolicy(ctx, one.Hash, one.Document); err != nil {
			return fmt.Errorf("keep policy of %s: %w", one.Platform, err)
		}
	}
	return nil
}
