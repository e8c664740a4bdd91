package worker_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/workertest"
)

var errAway = errors.New("the keys are away")

// Every process of a worker holds keys in memory for a while; all of them let go of an erased user's, and of nobody else's.
func TestEveryProcessForgetsAnErasedUser(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var kits []worker.Kit
	w := doorkeeper()
	table := w.Table
	w.Table = func(k worker.Kit) worker.Table {
		mu.Lock()
		defer mu.Unlock()
		kits = append(kits, k)
		return table(k)
	}
	h := workertest.Start(t, workertest.Config{Workers: []worker.Worker{w}, Asleep: true})
	h.Keys.CacheFor(time.Hour)
	h.Wake(w.Name, w.Name)
	p := h.Platform(workertest.Acme)
	ann, bob := p.User("ann-1"), p.User("bob-1")
	held := func(k worker.Kit, u workertest.User, ref keyring.Ref) error {
		_, err := k.Rings.Key(t.Context(), keyring.Delivery, workertest.Acme, u.Key, ref)
		return err
	}
	refs := map[string]keyring.Ref{}
	for _, u := range []workertest.User{ann, bob} {
		u.Enrolled(events.TOTP)
		refs[u.ID] = u.Ref()
		for _, k := range kits {
			if err := held(k, u, refs[u.ID]); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.Keys.Break(func() error { return errAway })
	receipt := enrollment.Receipt{ID: "r1", ErasedAt: time.Now(), CompleteAt: time.Now().Add(time.Hour)}
	ann.Says("enroll", "e1", &enrollment.UserErased{User: ann.ID, Receipt: receipt})
	for _, k := range kits {
		h.Until("a process forgets the user", func() bool { return errors.Is(held(k, ann, refs[ann.ID]), errAway) })
		if err := held(k, bob, refs[bob.ID]); err != nil {
			t.Errorf("the other user's key: %v", err)
		}
	}
	h.Keys.Break(nil)
}
