package keyring_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/keytest"
	"gocloud.dev/secrets"
)

func TestAWorkerWithOneKeeperHasOnePurpose(t *testing.T) {
	f := newFixture(t)
	ref := f.create(t, user)
	notifier := f.open(t, keyring.Config{Keepers: map[keyring.Purpose]*secrets.Keeper{keyring.Delivery: f.keepers[keyring.Delivery]}})
	want := load(t, f.rings, keyring.Delivery, user, ref).Code("c", 1, 6)
	if !load(t, notifier, keyring.Delivery, user, ref).MatchCode("c", 1, 6, want) {
		t.Error("the notifier computes another code")
	}
	_, err := notifier.Key(t.Context(), keyring.Seed, platform, user, ref)
	wantError(t, err, keyring.ErrClosed)
}

func TestEveryWorkerNeedsTheDeliveryKeeper(t *testing.T) {
	f := newFixture(t)
	seedOnly := map[keyring.Purpose]*secrets.Keeper{keyring.Seed: f.keepers[keyring.Seed]}
	_, err := keyring.Open(t.Context(), keyring.Config{Store: f.store, Keepers: seedOnly})
	wantError(t, err, keyring.ErrClosed)
}

func TestAReaderWritesNothing(t *testing.T) {
	f := newFixture(t)
	ref := f.create(t, user)
	reader := f.open(t, keyring.Config{})
	_, err := reader.Create(t.Context(), platform, "other")
	wantError(t, err, keyring.ErrReadOnly)
	_, err = reader.Renew(t.Context(), platform, user, ref)
	wantError(t, err, keyring.ErrReadOnly)
	_, err = reader.NewEpoch(t.Context(), keyring.Seed)
	wantError(t, err, keyring.ErrReadOnly)
	wantError(t, reader.Delete(t.Context(), platform, user), keyring.ErrReadOnly)
	load(t, reader, keyring.Seed, user, ref)
}

func TestAReaderThatComesFirstSaysWhoMustStart(t *testing.T) {
	_, err := keyring.Open(t.Context(), keyring.Config{Store: &watched{}, Keepers: keytest.NewKeepers(t)})
	wantError(t, err, keyring.ErrNoEpoch)
}

func TestAnotherKeeperDoesNotOpen(t *testing.T) {
	f := newFixture(t)
	if _, err := keyring.Open(t.Context(), keyring.Config{Store: f.store, Keepers: keytest.NewKeepers(t)}); err == nil {
		t.Error("opened epoch keys that another keeper wrapped")
	}
}

func TestAnEpochKeyMadeElsewhereIsOpenedOnDemand(t *testing.T) {
	f := newFixture(t)
	early := f.create(t, "early")
	reader := f.open(t, keyring.Config{})
	digest := f.rings.Digest([]byte("content"))
	for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		if n, err := f.rings.NewEpoch(t.Context(), p); n != 2 || err != nil {
			t.Fatal(n, err)
		}
	}
	late := f.create(t, "late")
	row, err := f.store.NewestKey(t.Context(), keyring.Seed, platform, "late")
	if err != nil || row.Epoch != 2 {
		t.Fatalf("wrapped under epoch key %d: %v", row.Epoch, err)
	}
	load(t, reader, keyring.Seed, "early", early)
	load(t, reader, keyring.Seed, "late", late)
	if f.rings.Digest([]byte("content")) != digest {
		t.Error("digests change with the epoch")
	}
}

func TestEpochKeysOfTwoPlacesAreNotExchanged(t *testing.T) {
	f := newFixture(t)
	one := f.keepers[keyring.Delivery]
	same := map[keyring.Purpose]*secrets.Keeper{keyring.Seed: one, keyring.Delivery: one}
	rows, err := f.store.Epochs(t.Context(), keyring.Delivery)
	if err != nil {
		t.Fatal(err)
	}
	for _, elsewhere := range []keyring.WrappedEpoch{{Purpose: keyring.Seed, Number: 1}, {Purpose: keyring.Delivery, Number: 2}} {
		elsewhere.Wrapped = rows[0].Wrapped
		store := &watched{}
		if _, err := store.AddEpoch(t.Context(), elsewhere); err != nil {
			t.Fatal(err)
		}
		_, err = keyring.Open(t.Context(), keyring.Config{Store: store, Keepers: same, Writer: true})
		wantError(t, err, keyring.ErrForged)
	}
}

func TestAStoreThatGivesAnotherUsersRowIsNotBelieved(t *testing.T) {
	f := newFixture(t)
	mine, other := f.create(t, user), f.create(t, "other")
	row, err := f.store.NewestKey(t.Context(), keyring.Seed, platform, "other")
	if err != nil || row.Ref != other {
		t.Fatal(err)
	}
	f.store.answer = &row
	_, err = f.rings.Key(t.Context(), keyring.Seed, platform, user, mine)
	wantError(t, err, keyring.ErrForged)
}

func TestSealedTextIsOpenedWithTheNumberThatItNames(t *testing.T) {
	f := newFixture(t)
	first := f.create(t, user)
	place, text := keyring.Place{Stream: "s", Field: "f"}, events.NewSecret("jo@example.org")
	sealed, err := load(t, f.rings, keyring.Delivery, user, first).Seal(place, text)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.rings.Renew(t.Context(), platform, user, first); err != nil {
		t.Fatal(err)
	}
	got, err := f.rings.OpenText(t.Context(), keyring.Delivery, platform, user, first.Keyring, place, sealed)
	if err != nil || !got.Equal(text) {
		t.Error(err)
	}
	_, err = f.rings.OpenText(t.Context(), keyring.Delivery, platform, user, first.Keyring, place, "garbage")
	if err == nil {
		t.Error("garbage opened")
	}
}

func TestAStoreThatFailsIsNotAMissingKeyring(t *testing.T) {
	f := newFixture(t)
	ref := f.create(t, user)
	broken := errors.New("connection refused")
	f.store.hook = func(context.Context) error { return broken }
	_, err := f.rings.Key(t.Context(), keyring.Seed, platform, user, ref)
	wantError(t, err, broken)
	if errors.Is(err, keyring.ErrNoKeyring) {
		t.Error("doubt looks like an answer")
	}
	f.store.hook = nil
	load(t, f.rings, keyring.Seed, user, ref)
}

func TestKeysAreReadOnceAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		ref := f.create(t, user)
		before := f.store.reads.Load()
		for range 3 {
			load(t, f.rings, keyring.Seed, user, ref)
		}
		synctest.Wait()
		if n := f.store.reads.Load() - before; n != 1 {
			t.Errorf("%d reads within a minute", n)
		}
		advance(time.Minute)
		load(t, f.rings, keyring.Seed, user, ref)
		if n := f.store.reads.Load() - before; n != 2 {
			t.Errorf("%d reads after a minute", n)
		}
	})
}

// advance moves the bubble's clock.
func advance(d time.Duration) { <-time.After(d) }

func TestTheCacheIsBounded(t *testing.T) {
	f := newFixture(t)
	small := f.open(t, keyring.Config{CacheSize: 2})
	refs := map[string]keyring.Ref{"a": f.create(t, "a"), "b": f.create(t, "b"), "c": f.create(t, "c")}
	load(t, small, keyring.Seed, "a", refs["a"])
	load(t, small, keyring.Seed, "b", refs["b"])
	load(t, small, keyring.Seed, "a", refs["a"])
	load(t, small, keyring.Seed, "c", refs["c"]) // b was used longest ago
	if n := keyring.CacheLen(small); n != 2 {
		t.Errorf("%d keys are kept", n)
	}
	before := f.store.reads.Load()
	load(t, small, keyring.Seed, "a", refs["a"])
	load(t, small, keyring.Seed, "c", refs["c"])
	if n := f.store.reads.Load() - before; n != 0 {
		t.Errorf("%d reads of what should be kept", n)
	}
}

// The load read the row before the delete and ends after it: its key must serve nobody who asks later.
func TestALoadThatADeleteOvertookIsNotKept(t *testing.T) {
	f := newFixture(t)
	ref := f.create(t, user)
	reader := f.open(t, keyring.Config{})
	read, release, old := make(chan struct{}), make(chan struct{}), make(chan error)
	f.store.after = func() { close(read); <-release }
	go func() {
		_, err := reader.Key(t.Context(), keyring.Seed, platform, user, ref)
		old <- err
	}()
	<-read
	f.store.after = nil
	if err := f.rings.Delete(t.Context(), platform, user); err != nil {
		t.Fatal(err)
	}
	reader.Drop(platform, user)
	_, err := reader.Key(t.Context(), keyring.Seed, platform, user, ref)
	wantError(t, err, keyring.ErrNoKeyring)
	close(release)
	wantError(t, <-old, nil)
	_, err = reader.Key(t.Context(), keyring.Seed, platform, user, ref)
	wantError(t, err, keyring.ErrNoKeyring)
}

func TestADropTouchesOneUser(t *testing.T) {
	f := newFixture(t)
	mine, other := f.create(t, user), f.create(t, "other")
	load(t, f.rings, keyring.Seed, user, mine)
	load(t, f.rings, keyring.Seed, "other", other)
	f.rings.Drop(platform, user)
	f.rings.Drop("another platform", "other")
	before := f.store.reads.Load()
	load(t, f.rings, keyring.Seed, "other", other)
	load(t, f.rings, keyring.Seed, user, mine)
	if n := f.store.reads.Load() - before; n != 1 {
		t.Errorf("%d reads", n)
	}
}

func TestASharedSecretIsTheSameInEveryProcessAndOfOnePeriod(t *testing.T) {
	f := newFixture(t)
	reader := f.open(t, keyring.Config{})
	secret := f.rings.Shared("captcha", 7)
	if _, err := f.rings.NewEpoch(t.Context(), keyring.Delivery); err != nil {
		t.Fatal(err)
	}
	later := f.open(t, keyring.Config{})
	if len(secret) != 32 || !bytes.Equal(secret, reader.Shared("captcha", 7)) || !bytes.Equal(secret, later.Shared("captcha", 7)) {
		t.Error("processes do not share it")
	}
	for _, other := range [][]byte{f.rings.Shared("captcha", 8), f.rings.Shared("captcha", -7), f.rings.Shared("other", 7), newFixture(t).rings.Shared("captcha", 7)} {
		if bytes.Equal(secret, other) {
			t.Error("another period, use or house has the same secret")
		}
	}
}
