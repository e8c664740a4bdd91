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
		u := &users[i]
		key, err := of.Key(ctx, keyring.Seed, crowd.Platform, u.Key, ref)
		if err != nil {
			return err
		}
		refs[i], u.Challenge = ref, challengeID(*u)
		u.Seed = []byte(key.TOTPSeed(enrollmentID(*u), seedSize).Reveal())
		return nil
	})
}
