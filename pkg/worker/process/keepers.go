package process

import (
	"context"
	"errors"
	"fmt"

	"countersign/pkg/events"
	"countersign/pkg/worker/keyring"
	"gocloud.dev/secrets"
)

// Keepers are the open keepers of a process, as keyring.Config takes them.
type Keepers struct {
	Now    map[keyring.Purpose]*secrets.Keeper
	Before map[keyring.Purpose]*secrets.Keeper // while a change of them is under way
}

// OpenKeepers opens those that settings name; what is open when it fails is to be closed as well.
func OpenKeepers(ctx context.Context, delivery Keys, seed SeedKeeper) (Keepers, error) {
	k := Keepers{Now: map[keyring.Purpose]*secrets.Keeper{}, Before: map[keyring.Purpose]*secrets.Keeper{}}
	err := errors.Join(
		open(ctx, k.Now, keyring.Delivery, "COUNTERSIGN_KEEPER_DELIVERY_URL", delivery.Delivery),
		open(ctx, k.Before, keyring.Delivery, "COUNTERSIGN_KEEPER_DELIVERY_BEFORE_URL", delivery.Before),
		open(ctx, k.Now, keyring.Seed, "COUNTERSIGN_KEEPER_SEED_URL", seed.URL),
		open(ctx, k.Before, keyring.Seed, "COUNTERSIGN_KEEPER_SEED_BEFORE_URL", seed.Before),
	)
	return k, err
}

// open does nothing where no keeper is named: which of them must be is the settings' business.
func open(ctx context.Context, in map[keyring.Purpose]*secrets.Keeper, p keyring.Purpose, setting string, url events.Secret) error {
	if url.IsZero() {
		return nil
	}
	keeper, err := keyring.OpenKeeper(ctx, url)
	if err != nil {
		return fmt.Errorf("%s: %w", setting, err)
	}
	in[p] = keeper
	return nil
}

// Close closes all that are open.
func (k Keepers) Close() (err error) {
	for _, list := range []map[keyring.Purpose]*secrets.Keeper{k.Now, k.Before} {
		for _, keeper := range list {
			err = errors.Join(err, keeper.Close())
		}
	}
	return err
}
