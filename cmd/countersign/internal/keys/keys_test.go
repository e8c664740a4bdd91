package keys

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/keytest"
	"countersign/pkg/worker/keyring/sqlitekeys"
)

func store(t *testing.T) keyring.Store {
	t.Helper()
	s, err := sqlitekeys.Open(t.Context(), sqlitekeys.Config{Path: filepath.Join(t.TempDir(), "keys.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func rewrap(t *testing.T, r Rewrap) string {
	t.Helper()
	var out strings.Builder
	r.Out = &out
	if err := r.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestAChangeOfKeepersIsTold(t *testing.T) {
	s, former, now := store(t), keytest.NewKeepers(t), keytest.NewKeepers(t)
	rings, err := keyring.Open(t.Context(), keyring.Config{Store: s, Keepers: former, Writer: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, user := range []string{"u1", "u2"} {
		if _, err := rings.Create(t.Context(), "acme", user); err != nil {
			t.Fatal(err)
		}
	}
	config := keyring.Config{Keepers: now, Older: former}
	want := `seed: 1 epoch keys are wrapped by the keeper as it is now
seed: epoch key 2 is new; enroll takes it up within a minute: run this once more then
seed: 2 of 2 users' keys are under the newest epoch key
delivery: 1 epoch keys are wrapped by the keeper as it is now
delivery: epoch key 2 is new; enroll takes it up within a minute: run this once more then
delivery: 2 of 2 users' keys are under the newest epoch key
`
	if got := rewrap(t, Rewrap{Store: s, Keyring: config, NewEpoch: true}); got != want {
		t.Errorf("told\n%s\nwant\n%s", got, want)
	}
	want = `seed: 2 epoch keys are wrapped by the keeper as it is now
seed: 0 of 0 users' keys are under the newest epoch key
delivery: 2 epoch keys are wrapped by the keeper as it is now
delivery: 0 of 0 users' keys are under the newest epoch key
`
	if got := rewrap(t, Rewrap{Store: s, Keyring: keyring.Config{Keepers: now}}); got != want {
		t.Errorf("once more, without the former keepers, told\n%s\nwant\n%s", got, want)
	}
}

func TestAnEmptyDatabaseIsNotTakenForEnrolls(t *testing.T) {
	s := store(t)
	err := Rewrap{Out: &strings.Builder{}, Store: s, Keyring: keyring.Config{Keepers: keytest.NewKeepers(t)}}.Run(t.Context())
	rows, _ := s.Epochs(t.Context(), keyring.Seed)
	if !errors.Is(err, errNoKeys) || len(rows) != 0 {
		t.Errorf("%d epoch keys were made: %v", len(rows), err)
	}
}
