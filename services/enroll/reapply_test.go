package enroll_test

import (
	"errors"
	"testing"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/workertest"
	"countersign/services/enroll"
)

var purposes = []keyring.Purpose{keyring.Seed, keyring.Delivery}

// backup is the user's keys as they are now.
func (f *fixture) backup() map[keyring.Purpose]keyring.WrappedKey {
	f.t.Helper()
	rows := map[keyring.Purpose]keyring.WrappedKey{}
	for _, p := range purposes {
		row, err := f.Keys.Key(f.t.Context(), p, workertest.Acme, f.ann.Key, f.ann.Ref())
		if err != nil {
			f.t.Fatal(err)
		}
		rows[p] = row
	}
	return rows
}

func (f *fixture) restore(rows map[keyring.Purpose]keyring.WrappedKey) {
	f.t.Helper()
	for p, row := range rows {
		if _, err := f.Keys.AddKey(f.t.Context(), p, row); err != nil {
			f.t.Fatal(err)
		}
	}
}

func (f *fixture) reapply() enroll.Reapplied {
	f.t.Helper()
	done, err := enroll.Reapply{Commits: f.Store, Keys: f.Keys, Registry: catalog.New(), Told: func(enroll.Reapplied) {}}.Run(f.t.Context())
	if err != nil {
		f.t.Fatal(err)
	}
	return done
}

func (f *fixture) kept(rows map[keyring.Purpose]keyring.WrappedKey) (n int) {
	for p, row := range rows {
		if _, err := f.Keys.Key(f.t.Context(), p, row.Platform, row.UserKey, row.Ref); !errors.Is(err, keyring.ErrNoKeyring) {
			n++
		}
	}
	return n
}

func TestWhatABackupBringsBackIsDeletedOnceMore(t *testing.T) {
	f := start(t)
	f.created(requested(events.TOTP))
	f.User("bob-1").Enrolled(events.TOTP)
	erased := f.backup()
	f.erase()
	f.restore(erased)
	if f.kept(erased) != 2 {
		t.Fatal("the backup is not back")
	}
	if done := f.reapply(); done.Seen != 4 || done.Deleted != 2 || f.kept(erased) != 0 {
		t.Errorf("it came to %+v", done)
	}
	if again := f.reapply(); again.Seen != 2 || again.Deleted != 0 {
		t.Errorf("once more it came to %+v", again)
	}
}

// Who came back keeps the keys that they have now.
func TestWhoCameBackKeepsTheirKeys(t *testing.T) {
	f := start(t)
	f.created(requested(events.TOTP))
	f.erase()
	f.created(requested(events.TOTP))
	now := f.backup()
	if done := f.reapply(); done.Deleted != 0 || f.kept(now) != 2 {
		t.Errorf("it came to %+v", done)
	}
}

// What cannot be read is not taken for a user who was erased, nor for one who was not.
func TestDoubtEndsAReapplication(t *testing.T) {
	f := start(t)
	f.created(requested(events.TOTP))
	now := f.backup()
	f.Store.Break(workertest.Faults{Before: workertest.On(workertest.Head, "enrollment")})
	_, err := enroll.Reapply{Commits: f.Store, Keys: f.Keys, Registry: catalog.New(), Told: func(enroll.Reapplied) {}}.Run(t.Context())
	if !errors.Is(err, workertest.ErrBroken) || f.kept(now) != 2 {
		t.Errorf("in doubt it ends with %v", err)
	}
	f.Store.Mend()
}
