package keytest

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"sync"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/worker/keyring"
	"gocloud.dev/secrets"
)

const (
	platform = "acme"
	user     = "k3f2m6q4w5z7a2b4c6d3e5f7g2"
)

func runRings(t *testing.T, open Open) {
	for name, check := range map[string]func(*testing.T, func() *keyring.Rings, keyring.Store){
		"processes that start at once share the first epoch keys":     shareEpochs,
		"keyrings created at once are one":                            createAtOnce,
		"after a delete nothing derives and a new keyring is another": deleteForgets,
		"a row moved to another user does not open":                   movedRow,
		"a renewed keyring has the next number, once":                 renew,
		"keys that are wrapped anew are the same keys":                rewrapped,
		"a delete beside creates leaves no half keyring":              deleteBeside,
		"a delivery key that a delete left behind is replaced":        leftover,
	} {
		t.Run(name, func(t *testing.T) {
			opener, keepers := open(t), NewKeepers(t)
			rings := func() *keyring.Rings {
				config := keyring.Config{Store: opener(), Keepers: keepers, Writer: true}
				return got(keyring.Open(t.Context(), config))(t)
			}
			check(t, rings, opener())
		})
	}
}

// NewKeepers gives development keepers with keys of their own for both purposes.
func NewKeepers(t testing.TB) map[keyring.Purpose]*secrets.Keeper {
	keepers := map[keyring.Purpose]*secrets.Keeper{}
	for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		var key [32]byte
		_, _ = rand.Read(key[:])
		url := events.NewSecret("base64key://" + base64.URLEncoding.EncodeToString(key[:]))
		keepers[p] = got(keyring.OpenKeeper(t.Context(), url))(t)
		t.Cleanup(func() { fine(t, keepers[p].Close()) })
	}
	return keepers
}

// code stands for everything that follows from a data key.
func code(t *testing.T, r *keyring.Rings, p keyring.Purpose, ref keyring.Ref) string {
	t.Helper()
	return got(r.Key(t.Context(), p, platform, user, ref))(t).Code("challenge", 1, 8).Reveal()
}

func shareEpochs(t *testing.T, _ func() *keyring.Rings, store keyring.Store) {
	opened := make(chan *keyring.Rings, 6)
	keepers := NewKeepers(t)
	var group sync.WaitGroup
	for range cap(opened) {
		group.Go(func() {
			r, err := keyring.Open(t.Context(), keyring.Config{Store: store, Keepers: keepers, Writer: true})
			if err != nil {
				t.Error(err)
			}
			opened <- r
		})
	}
	group.Wait()
	if t.Failed() {
		return
	}
	same(t, 1, len(got(store.Epochs(t.Context(), keyring.Seed))(t)))
	first := <-opened
	ref := got(first.Create(t.Context(), platform, user))(t)
	for len(opened) > 0 {
		r := <-opened
		same(t, code(t, first, keyring.Seed, ref), code(t, r, keyring.Seed, ref))
		same(t, true, r.SameDigest(first.Digest([]byte("content")), []byte("content")))
	}
}

func createAtOnce(t *testing.T, rings func() *keyring.Rings, _ keyring.Store) {
	one, other := rings(), rings()
	refs := make(chan keyring.Ref, 12)
	var group sync.WaitGroup
	for i := range cap(refs) {
		group.Go(func() {
			ref, err := []*keyring.Rings{one, other}[i%2].Create(t.Context(), platform, user)
			if err != nil {
				t.Error(err)
			}
			refs <- ref
		})
	}
	group.Wait()
	first := <-refs
	for len(refs) > 0 {
		same(t, first, <-refs)
	}
	for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		same(t, code(t, one, p, first), code(t, other, p, first))
	}
	same(t, first, got(other.Current(t.Context(), platform, user))(t))
}

func deleteForgets(t *testing.T, rings func() *keyring.Rings, _ keyring.Store) {
	one, other := rings(), rings()
	ref := got(one.Create(t.Context(), platform, user))(t)
	code(t, one, keyring.Seed, ref)
	code(t, other, keyring.Seed, ref)
	fine(t, one.Delete(t.Context(), platform, user))
	other.Drop(platform, user)
	for _, r := range []*keyring.Rings{one, other} {
		for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
			_, err := r.Key(t.Context(), p, platform, user, ref)
			absent(t, err)
		}
		_, err := r.Current(t.Context(), platform, user)
		absent(t, err)
	}
	back := got(one.Create(t.Context(), platform, user))(t)
	if back.Keyring == ref.Keyring {
		t.Error("the user who came back has the deleted keyring's id")
	}
	_, err := one.Key(t.Context(), keyring.Seed, platform, user, ref)
	absent(t, err)
}

func movedRow(t *testing.T, rings func() *keyring.Rings, store keyring.Store) {
	r := rings()
	ref := got(r.Create(t.Context(), platform, user))(t)
	row := got(store.Key(t.Context(), keyring.Seed, platform, user, ref))(t)
	moved := row
	moved.UserKey = "mallory"
	got(store.AddKey(t.Context(), keyring.Seed, moved))(t)
	_, err := r.Key(t.Context(), keyring.Seed, platform, "mallory", ref)
	forged(t, err)
	row.Platform = "other"
	got(store.AddKey(t.Context(), keyring.Seed, row))(t)
	_, err = r.Key(t.Context(), keyring.Seed, "other", user, ref)
	forged(t, err)
}

func forged(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, keyring.ErrForged) {
		t.Errorf("want ErrForged, got %v", err)
	}
}

func renew(t *testing.T, rings func() *keyring.Rings, _ keyring.Store) {
	r := rings()
	first := got(r.Create(t.Context(), platform, user))(t)
	second := keyring.Ref{Keyring: first.Keyring, Number: 2}
	same(t, second, got(r.Renew(t.Context(), platform, user, first))(t))
	same(t, second, got(r.Renew(t.Context(), platform, user, first))(t))
	same(t, second, got(r.Create(t.Context(), platform, user))(t))
	if code(t, r, keyring.Seed, first) == code(t, r, keyring.Seed, second) {
		t.Error("both numbers give the same code")
	}
	_, err := r.Renew(t.Context(), platform, user, keyring.Ref{Keyring: "another", Number: 1})
	absent(t, err)
	_, err = r.Renew(t.Context(), platform, user, keyring.Ref{Keyring: first.Keyring, Number: 7})
	absent(t, err)
}

func deleteBeside(t *testing.T, rings func() *keyring.Rings, _ keyring.Store) {
	one, other := rings(), rings()
	for range 8 {
		var group sync.WaitGroup
		try := func(err error) {
			if err != nil {
				t.Error(err)
			}
		}
		group.Go(func() { try(other.Delete(t.Context(), platform, user)) })
		for _, r := range []*keyring.Rings{one, other} {
			group.Go(func() {
				_, err := r.Create(t.Context(), platform, user)
				try(err)
			})
		}
		group.Wait()
		ref := got(one.Create(t.Context(), platform, user))(t)
		one.Drop(platform, user)
		code(t, one, keyring.Seed, ref)
		code(t, one, keyring.Delivery, ref)
	}
}

func leftover(t *testing.T, rings func() *keyring.Rings, store keyring.Store) {
	r := rings()
	old := got(r.Create(t.Context(), platform, user))(t)
	row := got(store.Key(t.Context(), keyring.Seed, platform, user, old))(t)
	fine(t, store.RemoveKey(t.Context(), keyring.Seed, row))
	ref := got(r.Create(t.Context(), platform, user))(t)
	if ref.Keyring == old.Keyring {
		t.Error("a keyring without its seed key was taken up again")
	}
	code(t, r, keyring.Seed, ref)
	code(t, r, keyring.Delivery, ref)
}
