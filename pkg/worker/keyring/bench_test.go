package keyring_test

import (
	"context"
	"testing"

	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/keytest"
)

// givenRow is a store that has read already.
type givenRow struct {
	watched
	row keyring.WrappedKey
}

func (g *givenRow) BeginKey(keyring.Purpose, string, string, keyring.Ref) keyring.Read {
	return func(context.Context) (keyring.WrappedKey, error) { return g.row, nil }
}

// BenchmarkKey is of a key that is not in memory: its row is opened and its enrollment's seed derived.
func BenchmarkKey(b *testing.B) {
	s := &givenRow{}
	rings, err := keyring.Open(b.Context(), keyring.Config{Store: s, Keepers: keytest.NewKeepers(b), Writer: true, CacheTTL: 1})
	if err != nil {
		b.Fatal(err)
	}
	ref, err := rings.Create(b.Context(), platform, user)
	if err != nil {
		b.Fatal(err)
	}
	if s.row, err = s.Store.Key(b.Context(), keyring.Seed, platform, user, ref); err != nil {
		b.Fatal(err)
	}
	for _, what := range []struct {
		name string
		of   func(*keyring.DataKey)
	}{
		{"load", func(*keyring.DataKey) {}},
		{"seed", func(k *keyring.DataKey) { k.TOTPSeed("app-of-user-0000001", 20) }},
	} {
		b.Run(what.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				key, err := rings.Key(b.Context(), keyring.Seed, platform, user, ref)
				if err != nil {
					b.Fatal(err)
				}
				what.of(key)
			}
		})
	}
}
