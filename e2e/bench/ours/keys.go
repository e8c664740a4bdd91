package ours

import (
	"context"

	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/place"
	"countersign/e2e/bench/rings"
	"countersign/pkg/worker/keyring"
)

// makeKeys makes a keyring of each user, and says what seed follows from it.
func makeKeys(ctx context.Context, p *place.Place, users []crowd.User) ([]keyring.Ref, error) {
	keys, refs := make([]string, len(users)), make([]keyring.Ref, len(users))
	for i, u := range users {
		keys[i] = u.Key
	}
	return refs, rings.Make(ctx, p, keys, func(i int, of *keyring.Rings, ref keyring.Ref) error {
		refs[i] = ref
		return Meet(ctx, of, &users[i], ref)
	})
}

// Meet finds out what the app of an enrolled user was given, and which challenge the user's login gets.
func Meet(ctx context.Context, of *keyring.Rings, u *crowd.User, ref keyring.Ref) error {
	key, err := of.Key(ctx, keyring.Seed, crowd.Platform, u.Key, ref)
	if err != nil {
		return err
	}
	u.Challenge, u.Seed = ChallengeID(*u), []byte(key.TOTPSeed(EnrollmentID(*u), seedSize).Reveal())
	return nil
}
