// Package keytest is what every keyring store must pass.
package keytest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/pkg/worker/keyring"
)

// Open makes an empty store; each call of what it gives opens that store as another process would.
type Open func(t *testing.T) func() keyring.Store

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for name, check := range map[string]func(*testing.T, func() keyring.Store){
		"a key that is added comes back as it was":                     addedKey,
		"a second key for the same place gives the first":              secondKey,
		"of keys added at once one stands":                             keysAtOnce,
		"a key is found by its exact reference alone":                  exactReference,
		"keys asked for at once each come to who asked":                askedAtOnce,
		"purposes, platforms and users do not see each other":          apart,
		"the newest key has the highest number":                        newestKey,
		"removing a key of another keyring changes nothing":            removeOther,
		"removing a user removes both purposes and nobody else":        removeUser,
		"a place is free again after its user is removed":              freeAgain,
		"keys under older epoch keys come by place, piece by piece":    keysUnder,
		"a key is replaced as it was, or not at all":                   replacedKey,
		"a wrapped epoch key is replaced as it was, or not at all":     replacedEpoch,
		"epoch keys come by number, the first one added stands":        epochKeys,
		"key pairs come by number and go when they end":                keyPairs,
		"what one process wrote another reads":                         anotherProcess,
		"a read that does not happen never says that nothing is there": endedContext,
	} {
		t.Run(name, func(t *testing.T) { check(t, open(t)) })
	}
	runRings(t, open)
}

// newKey is a row as any user's could be; the place is unique, so that tests can share a database.
func newKey(number int) keyring.WrappedKey {
	id := strings.ToLower(rand.Text())
	return keyring.WrappedKey{
		Platform: "acme", UserKey: "user" + id[:22], Ref: keyring.Ref{Keyring: "ring" + id[:22], Number: number},
		Epoch: 3, Wrapped: []byte("wrapped " + id),
	}
}

// askedAtOnce asks for keys of both purposes, some of which are not there.
func askedAtOnce(t *testing.T, open func() keyring.Store) {
	s := open()
	keys := make([]keyring.WrappedKey, 40)
	for i := range keys {
		keys[i] = newKey(1 + i%2)
		if i%4 != 3 {
			if _, err := s.AddKey(t.Context(), purposeOf(i), keys[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	var all sync.WaitGroup
	for range 3 {
		for i, k := range keys {
			all.Go(func() {
				got, err := s.Key(t.Context(), purposeOf(i), k.Platform, k.UserKey, k.Ref)
				if i%4 == 3 && !errors.Is(err, keyring.ErrNoKeyring) || i%4 != 3 && (err != nil || string(got.Wrapped) != string(k.Wrapped)) {
					t.Errorf("key %d: %+v, %v", i, got, err)
				}
			})
		}
	}
	all.Wait()
}

func purposeOf(i int) keyring.Purpose {
	if i%3 == 0 {
		return keyring.Delivery
	}
	return keyring.Seed
}

func another(k keyring.WrappedKey) keyring.WrappedKey {
	o := newKey(k.Ref.Number)
	o.Platform, o.UserKey = k.Platform, k.UserKey
	return o
}

func addedKey(t *testing.T, open func() keyring.Store) {
	s, k := open(), newKey(1)
	same(t, k, got(s.AddKey(t.Context(), keyring.Seed, k))(t))
	same(t, k, got(s.Key(t.Context(), keyring.Seed, k.Platform, k.UserKey, k.Ref))(t))
}

func secondKey(t *testing.T, open func() keyring.Store) {
	s, k := open(), newKey(1)
	got(s.AddKey(t.Context(), keyring.Delivery, k))(t)
	same(t, k, got(s.AddKey(t.Context(), keyring.Delivery, another(k)))(t))
}

func keysAtOnce(t *testing.T, open func() keyring.Store) {
	s, o, k := open(), open(), newKey(1)
	found := make(chan keyring.WrappedKey, 16)
	var group sync.WaitGroup
	for i := range cap(found) {
		group.Go(func() {
			row, err := []keyring.Store{s, o}[i%2].AddKey(t.Context(), keyring.Seed, another(k))
			if err != nil {
				t.Error(err)
			}
			found <- row
		})
	}
	group.Wait()
	first := <-found
	for len(found) > 0 {
		same(t, first, <-found)
	}
	same(t, first, got(s.NewestKey(t.Context(), keyring.Seed, k.Platform, k.UserKey))(t))
}

func exactReference(t *testing.T, open func() keyring.Store) {
	s, k := open(), newKey(2)
	got(s.AddKey(t.Context(), keyring.Seed, k))(t)
	for _, ref := range []keyring.Ref{{Keyring: k.Ref.Keyring, Number: 1}, {Keyring: "other", Number: 2}, {}} {
		_, err := s.Key(t.Context(), keyring.Seed, k.Platform, k.UserKey, ref)
		absent(t, err)
	}
}

func apart(t *testing.T, open func() keyring.Store) {
	s, k := open(), newKey(1)
	got(s.AddKey(t.Context(), keyring.Seed, k))(t)
	_, err := s.Key(t.Context(), keyring.Delivery, k.Platform, k.UserKey, k.Ref)
	absent(t, err)
	_, err = s.Key(t.Context(), keyring.Seed, "other", k.UserKey, k.Ref)
	absent(t, err)
	_, err = s.NewestKey(t.Context(), keyring.Seed, k.Platform, "other")
	absent(t, err)
}

func newestKey(t *testing.T, open func() keyring.Store) {
	s, k := open(), newKey(1)
	for _, number := range []int{2, 10, 9, 1} {
		k.Ref.Number = number
		got(s.AddKey(t.Context(), keyring.Seed, k))(t)
	}
	k.Ref.Number = 10
	same(t, k, got(s.NewestKey(t.Context(), keyring.Seed, k.Platform, k.UserKey))(t))
}

func removeOther(t *testing.T, open func() keyring.Store) {
	s, k := open(), newKey(1)
	got(s.AddKey(t.Context(), keyring.Delivery, k))(t)
	fine(t, s.RemoveKey(t.Context(), keyring.Delivery, another(k)))
	same(t, k, got(s.Key(t.Context(), keyring.Delivery, k.Platform, k.UserKey, k.Ref))(t))
	fine(t, s.RemoveKey(t.Context(), keyring.Delivery, k))
	_, err := s.Key(t.Context(), keyring.Delivery, k.Platform, k.UserKey, k.Ref)
	absent(t, err)
}

func removeUser(t *testing.T, open func() keyring.Store) {
	s, k, neighbor := open(), newKey(1), newKey(1)
	for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		got(s.AddKey(t.Context(), p, k))(t)
		got(s.AddKey(t.Context(), p, neighbor))(t)
	}
	fine(t, s.RemoveUser(t.Context(), k.Platform, k.UserKey))
	fine(t, s.RemoveUser(t.Context(), k.Platform, k.UserKey))
	for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		_, err := s.NewestKey(t.Context(), p, k.Platform, k.UserKey)
		absent(t, err)
		same(t, neighbor, got(s.NewestKey(t.Context(), p, neighbor.Platform, neighbor.UserKey))(t))
	}
}

func freeAgain(t *testing.T, open func() keyring.Store) {
	s, k := open(), newKey(1)
	got(s.AddKey(t.Context(), keyring.Seed, k))(t)
	fine(t, s.RemoveUser(t.Context(), k.Platform, k.UserKey))
	next := another(k)
	same(t, next, got(s.AddKey(t.Context(), keyring.Seed, next))(t))
}

func epochKeys(t *testing.T, open func() keyring.Store) {
	s := open()
	purpose := keyring.Purpose(strings.ToLower(rand.Text()))
	row := func(n int, text string) keyring.WrappedEpoch {
		return keyring.WrappedEpoch{Purpose: purpose, Number: n, Wrapped: []byte(text)}
	}
	got(s.AddEpoch(t.Context(), row(2, "second")))(t)
	same(t, row(1, "first"), got(s.AddEpoch(t.Context(), row(1, "first")))(t))
	same(t, row(1, "first"), got(s.AddEpoch(t.Context(), row(1, "late")))(t))
	all := got(s.Epochs(t.Context(), purpose))(t)
	same(t, fmt.Sprint([]keyring.WrappedEpoch{row(1, "first"), row(2, "second")}), fmt.Sprint(all))
	if none := got(s.Epochs(t.Context(), "none"))(t); len(none) > 0 {
		t.Errorf("another purpose's epoch keys: %v", none)
	}
}

func keyPairs(t *testing.T, open func() keyring.Store) {
	s := open()
	fine(t, s.RemovePairs(t.Context(), time.Now().AddDate(200, 0, 0))) // of other tests
	noon := time.Date(2026, 5, 1, 12, 0, 0, 5e6, time.UTC)
	row := func(n int) keyring.WrappedPair {
		start := noon.Add(time.Duration(n) * time.Hour)
		return keyring.WrappedPair{
			Number: n, ID: fmt.Sprint("id", n), Epoch: 4, Wrapped: []byte{byte(n)}, Start: start, End: start.Add(time.Minute),
		}
	}
	for _, n := range []int{3, 1, 2} {
		same(t, row(n), got(s.AddPair(t.Context(), row(n)))(t))
	}
	late := row(3)
	late.ID = "late"
	same(t, row(3), got(s.AddPair(t.Context(), late))(t))
	fine(t, s.RemovePairs(t.Context(), row(1).End))
	left := got(s.Pairs(t.Context()))(t)
	same(t, fmt.Sprint([]keyring.WrappedPair{row(2), row(3)}), fmt.Sprint(left))
}

func anotherProcess(t *testing.T, open func() keyring.Store) {
	s, o, k := open(), open(), newKey(1)
	got(s.AddKey(t.Context(), keyring.Seed, k))(t)
	same(t, k, got(o.NewestKey(t.Context(), keyring.Seed, k.Platform, k.UserKey))(t))
	fine(t, o.RemoveUser(t.Context(), k.Platform, k.UserKey))
	_, err := s.Key(t.Context(), keyring.Seed, k.Platform, k.UserKey, k.Ref)
	absent(t, err)
}

func endedContext(t *testing.T, open func() keyring.Store) {
	s, k := open(), newKey(1)
	got(s.AddKey(t.Context(), keyring.Seed, k))(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Key(ended, keyring.Seed, k.Platform, k.UserKey, k.Ref); errors.Is(err, keyring.ErrNoKeyring) {
		t.Error("a read that did not happen says that there is no keyring")
	}
}
