package keytest

import (
	"fmt"
	"slices"
	"testing"

	"countersign/pkg/worker/keyring"
)

// highest is above every epoch that a test makes.
const highest = 1 << 20

// all reads everything in pieces of two.
func all(t *testing.T, s keyring.Store, p keyring.Purpose, epoch int) []keyring.WrappedKey {
	t.Helper()
	var list []keyring.WrappedKey
	after := keyring.WrappedKey{}
	for {
		rows := got(s.KeysUnder(t.Context(), p, epoch, after, 2))(t)
		if len(rows) == 0 {
			return list
		}
		list = append(list, rows...)
		after = rows[len(rows)-1]
	}
}

func keysUnder(t *testing.T, open func() keyring.Store) {
	s := open()
	var mine []keyring.WrappedKey
	one, other := newKey(1), newKey(1)
	for n := range 3 {
		for _, k := range []keyring.WrappedKey{one, other} {
			k.Ref.Number, k.Epoch = n+1, 3+n
			got(s.AddKey(t.Context(), keyring.Seed, k))(t)
			if k.Epoch < 5 {
				mine = append(mine, k)
			}
		}
	}
	ours := func(k keyring.WrappedKey) bool { return k.UserKey != one.UserKey && k.UserKey != other.UserKey }
	slices.SortFunc(mine, func(a, b keyring.WrappedKey) int {
		if a.UserKey == b.UserKey {
			return a.Ref.Number - b.Ref.Number
		}
		if a.UserKey < b.UserKey {
			return -1
		}
		return 1
	})
	same(t, fmt.Sprint(mine), fmt.Sprint(slices.DeleteFunc(all(t, s, keyring.Seed, 5), ours)))
	if n := got(s.CountUnder(t.Context(), keyring.Seed, 5))(t); n < len(mine) || n != len(all(t, s, keyring.Seed, 5)) {
		t.Errorf("%d keys are counted", n)
	}
	same(t, 0, len(slices.DeleteFunc(all(t, s, keyring.Delivery, highest), ours)))
}

func replacedKey(t *testing.T, open func() keyring.Store) {
	s, k := open(), newKey(1)
	got(s.AddKey(t.Context(), keyring.Seed, k))(t)
	next, late := k, k
	next.Epoch, next.Wrapped, late.Wrapped = 4, []byte("anew"), []byte("late")
	same(t, true, got(s.ReplaceKey(t.Context(), keyring.Seed, k, next))(t))
	same(t, false, got(s.ReplaceKey(t.Context(), keyring.Seed, k, late))(t))
	same(t, next, got(s.Key(t.Context(), keyring.Seed, k.Platform, k.UserKey, k.Ref))(t))
	fine(t, s.RemoveUser(t.Context(), k.Platform, k.UserKey))
	same(t, false, got(s.ReplaceKey(t.Context(), keyring.Seed, next, late))(t))
	_, err := s.Key(t.Context(), keyring.Seed, k.Platform, k.UserKey, k.Ref)
	absent(t, err)
}

func replacedEpoch(t *testing.T, open func() keyring.Store) {
	s := open()
	purpose := keyring.Purpose("p" + newKey(1).UserKey)
	first := keyring.WrappedEpoch{Purpose: purpose, Number: 1, Wrapped: []byte("first")}
	got(s.AddEpoch(t.Context(), first))(t)
	next, late := first, first
	next.Wrapped, late.Wrapped = []byte("anew"), []byte("late")
	same(t, true, got(s.ReplaceEpoch(t.Context(), first, next))(t))
	same(t, false, got(s.ReplaceEpoch(t.Context(), first, late))(t))
	same(t, fmt.Sprint([]keyring.WrappedEpoch{next}), fmt.Sprint(got(s.Epochs(t.Context(), purpose))(t)))
}

func rewrapped(t *testing.T, rings func() *keyring.Rings, store keyring.Store) {
	r := rings()
	ref := got(r.Create(t.Context(), platform, user))(t)
	before := map[keyring.Purpose]string{}
	for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		before[p] = code(t, r, p, ref)
		number := got(r.NewEpoch(t.Context(), p))(t)
		fine(t, r.Rewrap(t.Context(), p, func(keyring.Progress) {}))
		row := got(store.Key(t.Context(), p, platform, user, ref))(t)
		same(t, number, row.Epoch)
	}
	other := rings()
	for p, was := range before {
		same(t, was, code(t, other, p, ref))
	}
}
