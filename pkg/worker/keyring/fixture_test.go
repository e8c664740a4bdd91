package keyring_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/keytest"
	"countersign/pkg/worker/keyring/memkeys"
	"go.uber.org/goleak"
	"gocloud.dev/secrets"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	platform = "acme"
	user     = "k3f2m6q4w5z7a2b4c6d3e5f7g2"
)

// watched counts reads of keys and lets a test stop or break them.
type watched struct {
	memkeys.Store
	reads atomic.Int64

	hook   func(context.Context) error // before a read of a key
	after  func()                      // after it
	listed func()                      // after a list of keys to wrap anew
	answer *keyring.WrappedKey         // instead of the row that was found
	pairs  error                       // of reading key pairs

	pairRows []keyring.WrappedPair // instead of the pairs that are there
}

func (w *watched) Key(ctx context.Context, p keyring.Purpose, platform, userkey string, ref keyring.Ref) (keyring.WrappedKey, error) {
	w.reads.Add(1)
	if w.hook != nil {
		if err := w.hook(ctx); err != nil {
			return keyring.WrappedKey{}, err
		}
	}
	row, err := w.Store.Key(ctx, p, platform, userkey, ref)
	if w.answer != nil {
		row = *w.answer
	}
	if w.after != nil {
		w.after()
	}
	return row, err
}

func (w *watched) Pairs(ctx context.Context) ([]keyring.WrappedPair, error) {
	if w.pairs != nil {
		return nil, w.pairs
	}
	if w.pairRows != nil {
		return w.pairRows, nil
	}
	return w.Store.Pairs(ctx)
}

// fixture is a store, its keepers and the writer's rings.
type fixture struct {
	store   *watched
	keepers map[keyring.Purpose]*secrets.Keeper
	rings   *keyring.Rings
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	f := fixture{store: &watched{}, keepers: keytest.NewKeepers(t)}
	f.rings = f.open(t, keyring.Config{Writer: true})
	return f
}

func (f fixture) open(t *testing.T, c keyring.Config) *keyring.Rings {
	t.Helper()
	c.Store = f.store
	if c.Keepers == nil {
		c.Keepers = f.keepers
	}
	r, err := keyring.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (f fixture) create(t *testing.T, user string) keyring.Ref {
	t.Helper()
	ref, err := f.rings.Create(t.Context(), platform, user)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

func load(t *testing.T, r *keyring.Rings, p keyring.Purpose, user string, ref keyring.Ref) *keyring.DataKey {
	t.Helper()
	k, err := r.Key(t.Context(), p, platform, user, ref)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("want %v, got %v", want, err)
	}
}
