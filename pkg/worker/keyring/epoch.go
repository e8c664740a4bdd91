package keyring

import (
	"context"
	"fmt"
	"sync"

	"gocloud.dev/secrets"
)

// An epochKey is what an epoch key is used for, each by a key of its own.
type epochKey struct {
	number                     int
	wrap, pair, digest, shared secretKey
	unwrap                     sealer // of wrap: every new user's first code asks for it
}

func newEpochKey(number int, key secretKey) *epochKey {
	e := &epochKey{
		number: number, wrap: subkey(key, "wrap"), pair: subkey(key, "pair"), digest: subkey(key, "digest"), shared: subkey(key, "shared"),
	}
	e.unwrap = sealerOf(e.wrap)
	return e
}

// epochs are the opened epoch keys of one purpose.
type epochs struct {
	purpose Purpose
	keeper  *secrets.Keeper
	older   *secrets.Keeper // that was before it; nil for none
	store   Store

	opening sync.Mutex // one at a time asks the keeper
	mu      sync.RWMutex
	keys    map[int]*epochKey
	newest  int
}

func newEpochs(p Purpose, keeper, older *secrets.Keeper, s Store) *epochs {
	return &epochs{purpose: p, keeper: keeper, older: older, store: s, keys: map[int]*epochKey{}}
}

func (e *epochs) open(ctx context.Context, writer bool) error {
	if err := e.refresh(ctx); err != nil || e.current() != nil {
		return err
	}
	if !writer {
		return fmt.Errorf("%w: start enroll, which makes the first one, before the other workers", ErrNoEpoch)
	}
	_, err := e.add(ctx)
	return err
}

// get gives an opened key; one that another process made since is opened now.
func (e *epochs) get(ctx context.Context, number int) (*epochKey, error) {
	if k := e.known(number); k != nil {
		return k, nil
	}
	if err := e.refresh(ctx); err != nil {
		return nil, err
	}
	if k := e.known(number); k != nil {
		return k, nil
	}
	return nil, fmt.Errorf("open %s epoch key %d: %w", e.purpose, number, ErrNoEpoch)
}

func (e *epochs) known(number int) *epochKey {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.keys[number]
}

// current is the key that new data keys are wrapped under, nil when there is none.
func (e *epochs) current() *epochKey {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.keys[e.newest]
}

func (e *epochs) refresh(ctx context.Context) error {
	e.opening.Lock()
	defer e.opening.Unlock()
	rows, err := e.store.Epochs(ctx, e.purpose)
	if err != nil {
		return fmt.Errorf("read epoch keys: %w", err)
	}
	for _, row := range rows {
		if err := e.learn(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// add makes the next epoch key. Where another process was faster, its key is taken.
func (e *epochs) add(ctx context.Context) (int, error) {
	e.opening.Lock()
	defer e.opening.Unlock()
	number := e.last() + 1
	wrapped, err := e.seal(ctx, number, newKey())
	if err != nil {
		return 0, fmt.Errorf("wrap epoch key: %w", err)
	}
	row, err := e.store.AddEpoch(ctx, WrappedEpoch{e.purpose, number, wrapped})
	if err != nil {
		return 0, fmt.Errorf("add epoch key: %w", err)
	}
	return row.Number, e.learn(ctx, row)
}

func (e *epochs) last() int {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return e.newest
}

func (e *epochs) learn(ctx context.Context, row WrappedEpoch) error {
	if e.known(row.Number) != nil {
		return nil
	}
	key, err := e.unseal(ctx, row)
	if err != nil {
		return fmt.Errorf("open %s epoch key %d: %w", e.purpose, row.Number, err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keys[row.Number] = newEpochKey(row.Number, key)
	e.newest = max(e.newest, row.Number)
	return nil
}
