package ours

import (
	"context"
	"fmt"

	"gocloud.dev/secrets"

	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/place"
	"countersign/pkg/events"
	"countersign/pkg/worker/keyring"
)

// openRings opens keyrings under keepers whose keys everybody knows: nothing is kept here.
func openRings(ctx context.Context, store keyring.Store, writer bool) (*keyring.Rings, error) {
	keepers := map[keyring.Purpose]*secrets.Keeper{}
	for purpose, url := range map[keyring.Purpose]string{
		keyring.Seed:     "base64key://c2VlZC1rZWVwZXItb2YtYS1tZWFzdXJlbWVudC0wMDE=",
		keyring.Delivery: "base64key://ZGVsaXZlcnkta2VlcGVyLW9mLW1lYXN1cmVtZW50LTE=",
	} {
		keeper, err := keyring.OpenKeeper(ctx, events.NewSecret(url))
		if err != nil {
			return nil, err
		}
		keepers[purpose] = keeper
	}
	return keyring.Open(ctx, keyring.Config{Store: store, Keepers: keepers, Writer: writer})
}

// A newcomers store takes the keys of users who have none yet, to be written all at once; epoch keys and pairs go through.
type newcomers struct {
	keyring.Store
	rows map[keyring.Purpose][]keyring.WrappedKey
	last map[keyring.Purpose]keyring.WrappedKey // of the user whose turn it is
}

func (n *newcomers) AddKey(_ context.Context, p keyring.Purpose, k keyring.WrappedKey) (keyring.WrappedKey, error) {
	n.rows[p] = append(n.rows[p], k)
	n.last[p] = k
	return k, nil
}

func (n *newcomers) Key(_ context.Context, p keyring.Purpose, _, userkey string, ref keyring.Ref) (keyring.WrappedKey, error) {
	if k := n.last[p]; k.UserKey == userkey && k.Ref == ref {
		return k, nil
	}
	return keyring.WrappedKey{}, keyring.ErrNoKeyring
}

func (n *newcomers) NewestKey(context.Context, keyring.Purpose, string, string) (keyring.WrappedKey, error) {
	return keyring.WrappedKey{}, keyring.ErrNoKeyring
}

// makeKeys makes a keyring of each user, and says what seed follows from it.
func makeKeys(ctx context.Context, p *place.Place, users []crowd.User) ([]keyring.Ref, error) {
	store := &newcomers{p.Keys, map[keyring.Purpose][]keyring.WrappedKey{}, map[keyring.Purpose]keyring.WrappedKey{}}
	rings, err := openRings(ctx, store, true)
	if err != nil {
		return nil, err
	}
	if _, err := keyring.OpenKeySet(ctx, keyring.KeySetConfig{Rings: rings}); err != nil {
		return nil, fmt.Errorf("make key pair: %w", err)
	}
	refs := make([]keyring.Ref, len(users))
	for i := range users {
		if refs[i], err = keyOf(ctx, rings, &users[i]); err != nil {
			return nil, err
		}
	}
	for purpose, rows := range store.rows {
		if err := p.AddKeys(ctx, purpose, rows); err != nil {
			return nil, err
		}
	}
	return refs, nil
}

func keyOf(ctx context.Context, rings *keyring.Rings, u *crowd.User) (keyring.Ref, error) {
	ref, err := rings.Create(ctx, crowd.Platform, u.Key)
	if err != nil {
		return ref, err
	}
	key, err := rings.Key(ctx, keyring.Seed, crowd.Platform, u.Key, ref)
	if err != nil {
		return ref, err
	}
	u.Seed = []byte(key.TOTPSeed(enrollmentID(*u), seedSize).Reveal())
	u.Challenge = challengeID(*u)
	return ref, nil
}
