package workertest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/keyring"
	"gocloud.dev/secrets"
)

// Keys are the keyrings of one test, under keepers with random keys. They fail when they are told to.
type Keys struct {
	keyring.Store
	urls    map[keyring.Purpose]string // of the keepers
	keepers map[keyring.Purpose]*secrets.Keeper
	rings   *keyring.Rings // the writer's

	mu      sync.Mutex
	fault   func() error
	removal error
	cached  time.Duration
}

func newKeys(t testing.TB, store keyring.Store) *Keys {
	t.Helper()
	k := &Keys{Store: store, urls: map[keyring.Purpose]string{}}
	for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		key := make([]byte, 32)
		_, _ = rand.Read(key)
		k.urls[p] = "base64key://" + base64.URLEncoding.EncodeToString(key)
	}
	var err error
	if k.keepers, err = openKeepers(t.Context(), k.urls); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, keeper := range k.keepers {
			_ = keeper.Close()
		}
	})
	if k.rings, err = keyring.Open(t.Context(), k.config(writer)); err != nil {
		t.Fatal(err)
	}
	if _, err := keyring.OpenKeySet(t.Context(), keyring.KeySetConfig{Rings: k.rings}); err != nil {
		t.Fatal(err)
	}
	return k
}

func openKeepers(ctx context.Context, urls map[keyring.Purpose]string) (map[keyring.Purpose]*secrets.Keeper, error) {
	keepers := map[keyring.Purpose]*secrets.Keeper{}
	for p, url := range urls {
		keeper, err := keyring.OpenKeeper(ctx, events.NewSecret(url))
		if err != nil {
			return nil, err
		}
		keepers[p] = keeper
	}
	return keepers, nil
}

const writer = "enroll"

// CacheFor has the workers that are started from now on keep keys in memory, as production's do for a minute.
func (k *Keys) CacheFor(d time.Duration) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.cached = d
}

// config is what a worker may open, as production has it. Unless CacheFor says so nothing is cached: a key that is gone is gone at once.
func (k *Keys) config(worker string) keyring.Config {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := keyring.Config{Store: k, Keepers: k.keepers, Writer: worker == writer, CacheTTL: max(k.cached, time.Nanosecond)}
	if !seeds(worker) {
		c.Keepers = map[keyring.Purpose]*secrets.Keeper{keyring.Delivery: k.keepers[keyring.Delivery]}
	}
	return c
}

func seeds(worker string) bool { return worker == writer || worker == "verify" }

// Break makes every read of a user's key fail as fault says, such as with keyring.ErrNoKeyring; nil ends it.
func (k *Keys) Break(fault func() error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fault = fault
}

func (k *Keys) broken() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fault == nil {
		return nil
	}
	return k.fault()
}

func (k *Keys) Key(ctx context.Context, p keyring.Purpose, platform, userkey string, ref keyring.Ref) (keyring.WrappedKey, error) {
	if err := k.broken(); err != nil {
		return keyring.WrappedKey{}, err
	}
	return k.Store.Key(ctx, p, platform, userkey, ref)
}

// BeginKey is that of the store within; a fault comes to whoever waits for the key.
func (k *Keys) BeginKey(p keyring.Purpose, platform, userkey string, ref keyring.Ref) keyring.Read {
	if err := k.broken(); err != nil {
		return func(context.Context) (keyring.WrappedKey, error) { return keyring.WrappedKey{}, err }
	}
	if s, ok := k.Store.(keyring.Beginner); ok {
		return s.BeginKey(p, platform, userkey, ref)
	}
	return func(ctx context.Context) (keyring.WrappedKey, error) {
		return k.Store.Key(ctx, p, platform, userkey, ref)
	}
}

// BreakRemoval makes every removal of a user's keys fail; nil ends it.
func (k *Keys) BreakRemoval(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.removal = err
}

func (k *Keys) RemoveUser(ctx context.Context, platform, userkey string) error {
	k.mu.Lock()
	err := k.removal
	k.mu.Unlock()
	if err != nil {
		return err
	}
	return k.Store.RemoveUser(ctx, platform, userkey)
}
