package worker

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/memstore"
	"countersign/pkg/worker/policy"
)

// An awayStore refuses policies until it is back.
type awayStore struct {
	eventstore.Store
	refusals int
}

func (s *awayStore) PutPolicy(ctx context.Context, hash string, document []byte) error {
	if s.refusals > 0 {
		s.refusals--
		return errors.New("the store is away")
	}
	return s.Store.PutPolicy(ctx, hash, document)
}

func writePolicy(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A change counts once its policies are kept, however long the store takes, and a file at fault changes nothing.
func TestAChangedPolicyCountsWhenItIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "policy.yaml")
	writePolicy(t, path, "platforms: {acme: {brand: Acme}}")
	synctest.Test(t, func(t *testing.T) {
		set, err := policy.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		p, store := NewPolicies(set, slog.New(slog.DiscardHandler)), &awayStore{Store: memstore.New(), refusals: 3}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Follow(ctx, store) }()
		brand := func(after int) string { // after so many looks at the file
			<-time.After(time.Duration(after) * keepAgain) // of the bubble's clock
			synctest.Wait()
			acme, _ := p.Of("acme")
			return acme.Brand
		}
		writePolicy(t, path, "platforms: {acme: {brand: Zenith}}")
		if got := brand(2); got != "Acme" {
			t.Errorf("while the store is away: %s", got)
		}
		if got := brand(4); got != "Zenith" {
			t.Errorf("when it is back: %s", got)
		}
		acme, _ := p.Of("acme")
		if _, err := store.Policy(ctx, acme.Hash); err != nil {
			t.Errorf("it counts and is not kept: %v", err)
		}
		writePolicy(t, path, "platforms: {acme: {brnd: Acme}}")
		if got := brand(2); got != "Zenith" {
			t.Errorf("after a fault: %s", got)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
