package worker

import (
	"context"
	"fmt"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/totp"
)

// Seed gives the raw bytes of an app's seed. For workers that may read seed keys.
func (k Kit) Seed(ctx context.Context, platform, userkey string, e enrollment.Enrollment) (events.Secret, error) {
	key, err := k.Rings.Key(ctx, keyring.Seed, platform, userkey, keyring.Ref(e.Key))
	if err != nil {
		return events.Secret{}, err
	}
	return SeedUnder(key, platform, userkey, e)
}

// SeedUnder gives it where the user's seed key is at hand: of an import the one that it brought, else the one that follows from the key.
func SeedUnder(key *keyring.DataKey, platform, userkey string, e enrollment.Enrollment) (events.Secret, error) {
	if e.Seed == "" {
		return key.TOTPSeed(e.ID, totp.SeedSize(e.Algorithm)), nil
	}
	return key.Open(seedPlace(platform, userkey, e.ID), e.Seed)
}

// HideSeed encrypts an imported seed under the user's seed key, for the one enrollment that it is of.
func (k Kit) HideSeed(ctx context.Context, platform, userkey, enrollmentID string, ref keyring.Ref, seed events.Secret) (string, error) {
	key, err := k.Rings.Key(ctx, keyring.Seed, platform, userkey, ref)
	if err != nil {
		return "", fmt.Errorf("hide seed: %w", err)
	}
	return key.Seal(seedPlace(platform, userkey, enrollmentID), seed)
}

func seedPlace(platform, userkey, enrollmentID string) keyring.Place {
	stream := eventstore.Stream{Platform: platform, Kind: EnrollmentKind, UserKey: userkey}
	return keyring.Place{Stream: stream.String(), Field: enrollmentID + "/seed"}
}
