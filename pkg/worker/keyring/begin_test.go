package keyring_test

import (
	"context"
	"testing"

	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/memkeys"
)

// eager reads as soon as a read begins, and counts.
type eager struct {
	*memkeys.Store
	begun int
}

func (e *eager) BeginKey(p keyring.Purpose, platform, userkey string, ref keyring.Ref) keyring.Read {
	e.begun++
	row, err := e.Key(context.Background(), p, platform, userkey, ref)
	return func(context.Context) (keyring.WrappedKey, error) { return row, err }
}

func eagerRings(t *testing.T) (f fixture, s *eager, r *keyring.Rings) {
	f = newFixture(t)
	s = &eager{Store: &f.store.Store}
	r, err := keyring.Open(t.Context(), keyring.Config{Store: s, Keepers: f.keepers})
	if err != nil {
		t.Fatal(err)
	}
	return f, s, r
}

func TestABegunLoadGivesTheKeyOfRings(t *testing.T) {
	f, s, r := eagerRings(t)
	ref := f.create(t, user)
	want := load(t, f.rings, keyring.Seed, user, ref).TOTPSeed("e", 20)
	for range 2 { // then from memory
		key, err := r.Begin(keyring.Seed, platform, user, ref).Key(t.Context())
		if err != nil || !key.TOTPSeed("e", 20).Equal(want) {
			t.Error("another key came", err)
		}
	}
	if s.begun != 1 {
		t.Errorf("%d reads were begun, want 1", s.begun)
	}
	_, err := r.Begin(keyring.Seed, platform, "nobody", ref).Key(t.Context())
	wantError(t, err, keyring.ErrNoKeyring)
}

// The load began before the delete and its key is asked for after it: it must serve nobody who begins later.
func TestABegunLoadThatADeleteOvertookIsNotKept(t *testing.T) {
	f, _, r := eagerRings(t)
	ref := f.create(t, user)
	begun := r.Begin(keyring.Seed, platform, user, ref)
	if err := f.rings.Delete(t.Context(), platform, user); err != nil {
		t.Fatal(err)
	}
	r.Drop(platform, user)
	if _, err := begun.Key(t.Context()); err != nil {
		t.Error(err)
	}
	_, err := r.Key(t.Context(), keyring.Seed, platform, user, ref)
	wantError(t, err, keyring.ErrNoKeyring)
}
