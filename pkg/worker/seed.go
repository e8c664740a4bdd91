package worker

import (
	"context"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/totp"
)

// Seed gives the raw bytes of an app's seed, which follow from the user's key. For workers that may read seed keys.
func (k Kit) Seed(ctx context.Context, platform, userkey string, e enrollment.Enrollment) (events.Secret, error) {
	key, err := k.Rings.Key(ctx, keyring.Seed, platform, userkey, keyring.Ref{Keyring: e.Key.Keyring, Number: e.Key.Number})
	if err != nil {
		return events.Secret{}, err
	}
	return key.TOTPSeed(e.ID, totp.SeedSize(e.Algorithm)), nil
}
