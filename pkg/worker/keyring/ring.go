package keyring

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

// attempts bounds how often Create starts again because a Delete ran beside it.
const attempts = 5

// owner is whose keyring it is.
type owner struct{ platform, userkey string }

func (o owner) String() string { return o.platform + "/" + o.userkey }

// Create makes the user's keyring, or gives the newest key number of the one that is there. Any number of processes may
// call it at once: all get the same.
func (r *Rings) Create(ctx context.Context, platform, userkey string) (Ref, error) {
	o := owner{platform, userkey}
	if err := r.writesBoth(); err != nil {
		return Ref{}, fmt.Errorf("create keyring %s: %w", o, err)
	}
	ref, err := r.newest(ctx, Seed, o)
	if errors.Is(err, ErrNoKeyring) {
		ref, err = Ref{newID(), 1}, nil
	}
	if err == nil {
		ref, err = r.complete(ctx, o, ref)
	}
	if err != nil {
		return Ref{}, fmt.Errorf("create keyring %s: %w", o, err)
	}
	return ref, nil
}

// Renew makes the key number after from, for an administrator's reset. Called again with the same from it gives the same.
func (r *Rings) Renew(ctx context.Context, platform, userkey string, from Ref) (Ref, error) {
	o := owner{platform, userkey}
	if err := r.writesBoth(); err != nil {
		return Ref{}, fmt.Errorf("renew keyring %s: %w", o, err)
	}
	ref, err := r.newest(ctx, Seed, o)
	if err == nil && (ref.Keyring != from.Keyring || ref.Number < from.Number) {
		err = ErrNoKeyring
	}
	if err == nil {
		ref, err = r.complete(ctx, o, Ref{from.Keyring, from.Number + 1})
	}
	if err != nil {
		return Ref{}, fmt.Errorf("renew keyring %s: %w", o, err)
	}
	return ref, nil
}

// Current gives the newest key number of the user's keyring, else ErrNoKeyring.
func (r *Rings) Current(ctx context.Context, platform, userkey string) (Ref, error) {
	o := owner{platform, userkey}
	ref, err := r.newest(ctx, Delivery, o) // the one written last: what it names is complete
	if err != nil {
		return Ref{}, fmt.Errorf("read keyring %s: %w", o, err)
	}
	return ref, nil
}

// Delete forgets the user: nothing can be derived or opened any more. Other processes may still do it for the life of
// their caches, unless they Drop. Delete before the commit that says so, and again whenever that commit is tried again.
func (r *Rings) Delete(ctx context.Context, platform, userkey string) error {
	defer r.Drop(platform, userkey)
	err := ErrReadOnly
	if r.writer {
		err = r.store.RemoveUser(ctx, platform, userkey)
	}
	if err != nil {
		return fmt.Errorf("delete keyring %s: %w", owner{platform, userkey}, err)
	}
	return nil
}

// Drop empties the cache of one user's keys.
func (r *Rings) Drop(platform, userkey string) { r.cache.drop(owner{platform, userkey}) }

func (r *Rings) writesBoth() error {
	_, err := r.writes(Seed)
	if err == nil {
		_, err = r.writes(Delivery)
	}
	return err
}

func (r *Rings) newest(ctx context.Context, p Purpose, o owner) (Ref, error) {
	row, err := r.store.NewestKey(ctx, p, o.platform, o.userkey)
	return row.Ref, err
}

// complete sees to it that both keys of ref stand. Which keyring a user has is decided by the seed key, which is written
// first; a delivery key of another keyring is what a Delete between the two left behind.
func (r *Rings) complete(ctx context.Context, o owner, ref Ref) (Ref, error) {
	for range attempts {
		seed, err := r.add(ctx, Seed, o, ref)
		if err != nil {
			return Ref{}, err
		}
		delivery, err := r.add(ctx, Delivery, o, seed.Ref)
		if err != nil || delivery.Ref == seed.Ref {
			return seed.Ref, err
		}
		if err := r.clear(ctx, o, seed.Ref, delivery); err != nil {
			return Ref{}, err
		}
	}
	return Ref{}, errors.New("keyring is being deleted at the same time")
}

// clear removes a delivery key that belongs to no seed key. The seed key is read again: if it is still another one, the
// leftover's is gone for ever, since no keyring id comes twice.
func (r *Rings) clear(ctx context.Context, o owner, ref Ref, leftover WrappedKey) error {
	now, err := r.store.Key(ctx, Seed, o.platform, o.userkey, ref)
	if errors.Is(err, ErrNoKeyring) {
		return nil
	}
	if err == nil && now.Ref != leftover.Ref {
		err = r.store.RemoveKey(ctx, Delivery, leftover)
	}
	return err
}

func (r *Rings) add(ctx context.Context, p Purpose, o owner, ref Ref) (WrappedKey, error) {
	if row, err := r.store.Key(ctx, p, o.platform, o.userkey, ref); !errors.Is(err, ErrNoKeyring) {
		return row, err
	}
	epoch := r.epochs[p].current()
	row := WrappedKey{Platform: o.platform, UserKey: o.userkey, Ref: ref, Epoch: epoch.number}
	row.Wrapped = wrap(epoch.wrap, keyAAD(p, row), newKey()())
	return r.store.AddKey(ctx, p, row)
}

// keyAAD binds a wrapped key to its place, so that a row copied to another user, keyring, purpose or number is worthless.
func keyAAD(p Purpose, row WrappedKey) string {
	return parts("data key", row.Platform, row.UserKey, row.Ref.Keyring, string(p), strconv.Itoa(row.Ref.Number))
}
