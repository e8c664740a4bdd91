package keyring

import (
	"context"
	"fmt"
	"strconv"
)

// Key gives one data key of one user, from memory where it was used within the last minute. ErrNoKeyring: the user was
// erased. ErrForged: the row is not what was written there.
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
	if key, err = r.share(ctx, epochs, at, generation); err != nil {
		return nil, fmt.Errorf("load %s: %w", at, err)
	}
	return key, nil
}

// share lets callers that miss the same key wait for one load. A load that began before a drop is not joined after it, and
// not kept: it may have read what is deleted now.
func (r *Rings) share(ctx context.Context, e *epochs, at place, generation uint64) (*DataKey, error) {
	name := strconv.FormatUint(generation, 10) + "/" + at.String()
	result := r.loads.DoChan(name, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout) // one caller's end is not the others'
		defer cancel()
		key, err := r.load(ctx, e, at)
		if err == nil {
			r.cache.put(at, key, generation)
		}
		return key, err
	})
	select {
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case got := <-result:
		key, _ := got.Val.(*DataKey)
		return key, got.Err
	}
}

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
