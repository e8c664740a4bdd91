package keyring_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/keytest"
)

const crowd = 700 // more than one batch

// under counts seed keys below an epoch.
func (f fixture) under(t *testing.T, epoch int) int {
	t.Helper()
	n, err := f.store.CountUnder(t.Context(), keyring.Seed, epoch)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func crowded(t *testing.T) (fixture, int) {
	t.Helper()
	f := newFixture(t)
	for n := range crowd {
		f.create(t, "user"+strconv.Itoa(n))
	}
	number, err := f.rings.NewEpoch(t.Context(), keyring.Seed)
	if err != nil {
		t.Fatal(err)
	}
	return f, number
}

func TestARewrapGoesOnWhereItWasStopped(t *testing.T) {
	f, number := crowded(t)
	ctx, stop := context.WithCancel(t.Context())
	var seen keyring.Progress
	err := f.rings.Rewrap(ctx, keyring.Seed, func(p keyring.Progress) { seen = p; stop() })
	left := f.under(t, number)
	wantError(t, err, errStopped)
	if seen.Total != crowd || seen.Done == 0 || seen.Done+left != crowd || left == 0 {
		t.Fatalf("stopped, it had come to %+v, and %d are left: %v", seen, left, err)
	}
	if err := f.rings.Rewrap(t.Context(), keyring.Seed, func(p keyring.Progress) { seen = p }); err != nil {
		t.Fatal(err)
	}
	if seen.Total != left || seen.Done != left || f.under(t, number) != 0 {
		t.Errorf("it went on with %+v of %d", seen, left)
	}
	ref, err := f.rings.Current(t.Context(), platform, "user1")
	if err != nil {
		t.Fatal(err)
	}
	load(t, f.open(t, keyring.Config{}), keyring.Seed, "user1", ref)
}

// Whoever is erased while keys are wrapped anew stays erased.
func TestARewrapBringsNobodyBack(t *testing.T) {
	f, _ := crowded(t)
	f.store.listed = func() {
		if err := f.rings.Delete(t.Context(), platform, "user1"); err != nil {
			t.Error(err)
		}
	}
	var seen keyring.Progress
	if err := f.rings.Rewrap(t.Context(), keyring.Seed, func(p keyring.Progress) { seen = p }); err != nil {
		t.Fatal(err)
	}
	if seen.Gone != 1 || seen.Done != crowd-1 {
		t.Errorf("it came to %+v", seen)
	}
	_, err := f.store.NewestKey(t.Context(), keyring.Seed, platform, "user1")
	wantError(t, err, keyring.ErrNoKeyring)
}

func TestARewrapTellsOfAKeyThatDoesNotOpenAndDoesTheOthers(t *testing.T) {
	f, number := crowded(t)
	bad := keyring.WrappedKey{Platform: platform, UserKey: "mallory", Ref: keyring.Ref{Keyring: "r", Number: 1}, Epoch: 1, Wrapped: make([]byte, 60)}
	if _, err := f.store.AddKey(t.Context(), keyring.Seed, bad); err != nil {
		t.Fatal(err)
	}
	var seen keyring.Progress
	wantError(t, f.rings.Rewrap(t.Context(), keyring.Seed, func(p keyring.Progress) { seen = p }), keyring.ErrForged)
	if seen.Failed != 1 || seen.Done != crowd || f.under(t, number) != 1 {
		t.Errorf("it came to %+v", seen)
	}
}

// A writer that runs on learns the new epoch key by itself: nothing is wrapped under the old one for longer than a minute.
func TestAWriterTakesUpANewEpochKey(t *testing.T) {
	f := newFixture(t)
	other := f.open(t, keyring.Config{Writer: true})
	set, err := keyring.OpenKeySet(t.Context(), keyring.KeySetConfig{Rings: other})
	if err != nil {
		t.Fatal(err)
	}
	number, err := f.rings.NewEpoch(t.Context(), keyring.Seed)
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := other.Create(t.Context(), platform, user); err != nil {
		t.Fatal(err)
	}
	if n := f.under(t, number); n != 0 {
		t.Errorf("%d keys are under the old epoch key", n)
	}
}

func TestAKeeperIsReplacedWhileTheFormerIsStillKnown(t *testing.T) {
	f := newFixture(t)
	ref := f.create(t, user)
	was := load(t, f.rings, keyring.Seed, user, ref).Code("id", 1, 8)
	digest := f.rings.Digest([]byte("content"))
	next := keytest.NewKeepers(t)
	both := f.open(t, keyring.Config{Writer: true, Keepers: next, Older: f.keepers})
	for range 2 { // the second time nothing is left to do, and nothing breaks
		for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
			if n, err := both.RewrapEpochs(t.Context(), p); err != nil || n != 1 {
				t.Fatalf("%d epoch keys of %s: %v", n, p, err)
			}
		}
	}
	alone := f.open(t, keyring.Config{Keepers: next})
	if now := load(t, alone, keyring.Seed, user, ref).Code("id", 1, 8); !now.Equal(was) || !alone.SameDigest(digest, []byte("content")) {
		t.Error("under the new keeper other secrets follow")
	}
	if _, err := keyring.Open(t.Context(), keyring.Config{Store: f.store, Keepers: f.keepers}); err == nil {
		t.Error("the former keeper still opens the epoch keys")
	}
}

func TestAReaderWrapsNothingAnew(t *testing.T) {
	f := newFixture(t)
	reader := f.open(t, keyring.Config{})
	wantError(t, reader.Rewrap(t.Context(), keyring.Seed, func(keyring.Progress) {}), keyring.ErrReadOnly)
	_, err := reader.RewrapEpochs(t.Context(), keyring.Seed)
	wantError(t, err, keyring.ErrReadOnly)
}

var errStopped = errors.New("stopped")

func (w *watched) KeysUnder(ctx context.Context, p keyring.Purpose, epoch int, after keyring.WrappedKey, limit int) ([]keyring.WrappedKey, error) {
	if ctx.Err() != nil { // as every store that asks a server
		return nil, errStopped
	}
	rows, err := w.Store.KeysUnder(ctx, p, epoch, after, limit)
	if w.listed != nil {
		w.listed()
	}
	return rows, err
}
