package keyring

import (
	"context"
	"fmt"
)

// Key gives one data key of one user, from memory where it was used within the last minute. ErrNoKeyring: the user was
// erased. ErrForged: the row is not what was written there. A load that began before a drop is not kept: it may have read what is deleted now.
func (r *Rings) Key(ctx context.Context, p Purpose, platform, userkey string, ref Ref) (*DataKey, error) {
	at := place{p, owner{platform, userkey}, ref}
	epochs, err := r.opened(p)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", at, err)
	}
	key, generation := r.cache.get(at)
	if key != nil {
		return key, nil
	}
	if key, err = r.load(ctx, epochs, at); err != nil {
		return nil, fmt.Errorf("load %s: %w", at, err)
	}
	r.cache.put(at, key, generation)
	return key, nil
}

// load does not wait for another's load of the same key: a store reads together what is asked at the same time.
func (r *Rings) load(ctx context.Context, e *epochs, at place) (*DataKey, error) {
	row, err := r.store.Key(ctx, at.purpose, at.platform, at.userkey, at.ref)
	if err != nil {
		return nil, err
	}
	epoch, err := e.get(ctx, row.Epoch)
	if err != nil {
		return nil, err
	}
	row.Platform, row.UserKey, row.Ref = at.platform, at.userkey, at.ref // what was asked for, not what the row says
	key, err := epoch.unwrap.openKey(keyAAD(at.purpose, row), row.Wrapped)
	if err != nil {
		return nil, err
	}
	return &DataKey{ref: at.ref, purpose: at.purpose, key: key}, nil
}
