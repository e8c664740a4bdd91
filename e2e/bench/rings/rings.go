// Package rings makes the keyrings of a measurement's users, all in one write, under keepers whose keys everybody knows: nothing is kept.
package rings

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gocloud.dev/secrets"

	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/place"
	"countersign/pkg/events"
	"countersign/pkg/worker/keyring"
)

// Keeper is the URL of the keeper that wraps keys of a purpose.
func Keeper(of keyring.Purpose) string {
	if of == keyring.Seed {
		return "base64key://c2VlZC1rZWVwZXItb2YtYS1tZWFzdXJlbWVudC0wMDE="
	}
	return "base64key://ZGVsaXZlcnkta2VlcGVyLW9mLW1lYXN1cmVtZW50LTE="
}

// Open opens keyrings; a writer may make them.
func Open(ctx context.Context, store keyring.Store, writer bool) (*keyring.Rings, error) {
	keepers := map[keyring.Purpose]*secrets.Keeper{}
	for _, purpose := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		keeper, err := keyring.OpenKeeper(ctx, events.NewSecret(Keeper(purpose)))
		if err != nil {
			return nil, err
		}
		keepers[purpose] = keeper
	}
	return keyring.Open(ctx, keyring.Config{Store: store, Keepers: keepers, Writer: writer})
}

// Make makes a keyring of each user, and shows each to whoever derives from it.
func Make(ctx context.Context, p *place.Place, userkeys []string, each func(i int, rings *keyring.Rings, ref keyring.Ref) error) error {
	store := &newcomers{p.Keys, map[keyring.Purpose][]keyring.WrappedKey{}, map[keyring.Purpose]keyring.WrappedKey{}}
	rings, err := Open(ctx, store, true)
	if err != nil {
		return err
	}
	if _, err := keyring.OpenKeySet(ctx, keyring.KeySetConfig{Rings: rings}); err != nil {
		return fmt.Errorf("make key pair: %w", err)
	}
	for i, userkey := range userkeys {
		ref, err := rings.Create(ctx, crowd.Platform, userkey)
		if err != nil {
			return err
		}
		if err := each(i, rings, ref); err != nil {
			return err
		}
	}
	for purpose, rows := range store.rows {
		slices.SortFunc(rows, func(a, b keyring.WrappedKey) int { return strings.Compare(a.UserKey, b.UserKey) }) // as the tables are: a million are in no page twice
		if err := p.AddKeys(ctx, purpose, rows); err != nil {
			return err
		}
	}
	return nil
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
