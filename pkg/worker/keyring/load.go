package keyring

import (
	"context"
	"fmt"
)

// Key gives one data key of one user, from memory where it was used within the last minute. ErrNoKeyring: the user was
// erased. ErrForged: the row is not what was written there. A load that began before a drop is not kept: it may have read what is deleted now.
func (r *Rings) Key(ctx context.Context, p Purpose, platform, userkey string, ref Ref) (*DataKey, error) {
	return r.Begin(p, platform, userkey, ref).Key(ctx)
}

// A Loading is a key on its way.
type Loading struct {
	rings      *Rings
	at         place
	key        *DataKey // from memory
	generation uint64   // of the cache when it began
	read       Read     // nil: there is none to wait for
}

// Begin begins what Key does, and waits for nothing: whoever needs the key later can do something else meanwhile, and need not ask for it.
func (r *Rings) Begin(p Purpose, platform, userkey string, ref Ref) Loading {
	l := Loading{rings: r, at: place{p, owner{platform, userkey}, ref}}
	if r.epochs[p] == nil { // Key says so
		return l
	}
	if l.key, l.generation = r.cache.get(l.at); l.key == nil {
		l.read = r.read(l.at)
	}
	return l
}

// read does not wait for another's read of the same key: a store reads together what is asked at the same time.
func (r *Rings) read(at place) Read {
	if s, ok := r.store.(Beginner); ok {
		return s.BeginKey(at.purpose, at.platform, at.userkey, at.ref)
	}
	return func(ctx context.Context) (WrappedKey, error) {
		return r.store.Key(ctx, at.purpose, at.platform, at.userkey, at.ref)
	}
}

// Key gives the key as Rings.Key does.
func (l Loading) Key(ctx context.Context) (*DataKey, error) {
	if l.key != nil {
		return l.key, nil
	}
	key, err := l.load(ctx)
	if err != nil {
		return nil, fmt.Errorf("load %s: %w", l.at, err)
	}
	l.rings.cache.put(l.at, key, l.generation)
	return key, nil
}

func (l Loading) load(ctx context.Context) (*DataKey, error) {
	epochs, err := l.rings.opened(l.at.purpose)
	if err != nil {
		return nil, err
	}
	row, err := l.read(ctx)
	if err != nil {
		return nil, err
	}
	epoch, err := epochs.get(ctx, row.Epoch)
	if err != nil {
		return nil, err
	}
	row.Platform, row.UserKey, row.Ref = l.at.platform, l.at.userkey, l.at.ref // what was asked for, not what the row says
	key, err := epoch.unwrap.openKey(keyAAD(l.at.purpose, row), row.Wrapped)
	if err != nil {
		return nil, err
	}
	return &DataKey{ref: l.at.ref, purpose: l.at.purpose, key: key}, nil
}
