// Package keyring keeps one key per user, and every secret follows from it.
//
// A keyring holds two numbered 256-bit data keys. From the seed key follow TOTP seeds and recovery codes, from the delivery
// key the codes and links that are sent; addresses and free text are sealed under the delivery key, imported seeds under the
// seed key. So no event and no document holds a secret, a worker that sends codes cannot compute a seed, and deleting the
// keyring forgets the user everywhere, backups of the other stores included.
//
// Data keys rest wrapped by AES-256-GCM under epoch keys, bound to platform, user, keyring, purpose and number: a row that
// is moved or renamed does not open. The few epoch keys rest wrapped by a keeper (Vault, a cloud KMS; base64key:// for
// development) and are opened at start, so that no login waits for the keeper.
//
// What the derivations give is frozen in testdata/vectors.json: another result would lock every user out.
package keyring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gocloud.dev/secrets"
)

// Purpose says what a data key is for, and so who may read it.
type Purpose string

const (
	Seed     Purpose = "seed"     // TOTP seeds, recovery codes, imported seeds: enroll and verify
	Delivery Purpose = "delivery" // sent codes, links, addresses, labels, free text: every worker
)

// A Ref names the data keys of one user: what was derived or sealed once needs the same ones for ever.
type Ref struct {
	Keyring string `json:"keyring"` // 26 characters; a user who comes back after an erasure has another one
	Number  int    `json:"number"`  // from 1; an administrator's reset makes a new one
}

var (
	ErrNoKeyring = errors.New("no such keyring")          // erased, or never made: nothing can be derived
	ErrNoEpoch   = errors.New("no epoch key")             // the writer (enroll) makes the first: start it before the others
	ErrReadOnly  = errors.New("keyring is read-only")     // only enroll writes
	ErrClosed    = errors.New("purpose is not opened")    // the worker has no keeper for it
	ErrForged    = errors.New("ciphertext does not open") // altered, moved elsewhere, or of another key
)

// Config is what Open needs.
type Config struct {
	Store   Store
	Keepers map[Purpose]*secrets.Keeper // which purposes this worker opens; Delivery always
	Older   map[Purpose]*secrets.Keeper // those before, while epoch keys are still wrapped by them; nil for none
	Writer  bool                        // makes epoch keys, keyrings and key pairs, and deletes them: enroll alone

	CacheSize int           // data keys kept in memory; 0: 10,000
	CacheTTL  time.Duration // how long an erased user's key may still work in another process; 0: 60 s
}

const (
	defaultCacheSize = 10_000
	defaultCacheTTL  = time.Minute
)

// Rings gives the data keys of all users. It is safe for concurrent use.
type Rings struct {
	store  Store
	writer bool
	epochs map[Purpose]*epochs
	digest secretKey // of the first delivery epoch, like shared
	shared secretKey
	cache  *cache
}

// Open opens the epoch keys of every purpose that has a keeper; the writer makes those that are not there yet.
func Open(ctx context.Context, c Config) (*Rings, error) {
	if c.Keepers[Delivery] == nil {
		return nil, fmt.Errorf("open keyring: %w: %s, which every worker needs", ErrClosed, Delivery)
	}
	r := &Rings{store: c.Store, writer: c.Writer, epochs: map[Purpose]*epochs{}}
	r.cache = newCache(orDefault(c.CacheSize, defaultCacheSize), orDefault(c.CacheTTL, defaultCacheTTL))
	for purpose, keeper := range c.Keepers {
		r.epochs[purpose] = newEpochs(purpose, keeper, c.Older[purpose], c.Store)
		if err := r.epochs[purpose].open(ctx, c.Writer); err != nil {
			return nil, fmt.Errorf("open %s epoch keys: %w", purpose, err)
		}
	}
	first, err := r.epochs[Delivery].get(ctx, 1)
	if err != nil {
		return nil, fmt.Errorf("open first epoch key: %w", err)
	}
	r.digest, r.shared = first.digest, first.shared
	return r, nil
}

// NewEpoch makes the next epoch key of a purpose: new data keys are wrapped under it, old ones stay as they are. Other
// processes open it when they first meet it.
func (r *Rings) NewEpoch(ctx context.Context, p Purpose) (int, error) {
	e, err := r.writes(p)
	if err != nil {
		return 0, fmt.Errorf("make %s epoch key: %w", p, err)
	}
	return e.add(ctx)
}

// Refresh learns epoch keys that another process has made: the writer wraps under the newest from then on.
func (r *Rings) Refresh(ctx context.Context) error {
	for _, e := range r.epochs {
		if err := e.refresh(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Format prints the type's name alone, whatever is asked for.
func (r *Rings) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("keyrings")) }

func (r *Rings) opened(p Purpose) (*epochs, error) {
	if e := r.epochs[p]; e != nil {
		return e, nil
	}
	return nil, fmt.Errorf("%w: %s", ErrClosed, p)
}

func (r *Rings) writes(p Purpose) (*epochs, error) {
	if !r.writer {
		return nil, ErrReadOnly
	}
	return r.opened(p)
}

func orDefault[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}
