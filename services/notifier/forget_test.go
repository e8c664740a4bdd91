package notifier

import (
	"context"
	"errors"
	"strings"
	"testing"

	"gocloud.dev/secrets"

	"countersign/pkg/events"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/memkeys"
)

var errAway = errors.New("the keys are away")

// keys can be away: only those that are held are there then.
type keys struct {
	memkeys.Store
	away bool
}

func (k *keys) Key(ctx context.Context, p keyring.Purpose, platform, userkey string, ref keyring.Ref) (keyring.WrappedKey, error) {
	if k.away {
		return keyring.WrappedKey{}, errAway
	}
	return k.Store.Key(ctx, p, platform, userkey, ref)
}

func openRings(t *testing.T, store keyring.Store) *keyring.Rings {
	t.Helper()
	c := keyring.Config{Store: store, Keepers: map[keyring.Purpose]*secrets.Keeper{}, Writer: true}
	for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		keeper, err := keyring.OpenKeeper(t.Context(), events.NewSecret("base64key://"+strings.Repeat(string(p[0]), 43)+"="))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = keeper.Close() })
		c.Keepers[p] = keeper
	}
	rings, err := keyring.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return rings
}

func TestAnErasureForgetsTheUsersKeysAtOnce(t *testing.T) {
	store := &keys{}
	rings := openRings(t, store)
	refs := map[string]keyring.Ref{}
	held := func(user string) error {
		_, err := rings.Key(t.Context(), keyring.Delivery, "acme", user, refs[user])
		return err
	}
	for _, user := range []string{"ann", "bob"} {
		ref, err := rings.Create(t.Context(), "acme", user)
		if err != nil {
			t.Fatal(err)
		}
		refs[user] = ref
		if err := held(user); err != nil {
			t.Fatal(err)
		}
	}
	store.away = true
	s := &shell{Kit: worker.Kit{Rings: rings}}
	if err := s.erased(t.Context(), decider.Request{Platform: "acme", UserKey: "ann"}); err != nil {
		t.Fatal(err)
	}
	if err := held("ann"); !errors.Is(err, errAway) {
		t.Errorf("the erased user's key: %v", err)
	}
	if err := held("bob"); err != nil {
		t.Errorf("the other user's key: %v", err)
	}
}
