package main

import (
	"path/filepath"
	"strings"
	"testing"

	"countersign/cmd/countersign/internal/dev"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/sqlitestore"
	"countersign/pkg/worker/keyring"
)

// kept is a store of commits, and how the command is pointed at it.
type kept struct {
	*place
	args []string
}

func keptIn(t *testing.T, where string) kept {
	t.Helper()
	k := kept{newPlace(t), []string{"commits", "check"}}
	if where == "MongoDB" {
		return k
	}
	folder := t.TempDir()
	s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: dev.StoreIn(folder)})
	if err != nil {
		t.Fatal(err)
	}
	_ = k.store.Close() // the new one is closed in its place
	k.store, k.args = s, append(k.args, "--data", folder)
	return k
}

func (k kept) says(t *testing.T, fails string, want ...string) {
	t.Helper()
	out, err := k.run(nil, k.args...)
	if (err != nil) != (fails != "") || err != nil && !strings.Contains(err.Error(), fails) {
		t.Errorf("ended with %v, want %q", err, fails)
	}
	for _, text := range want {
		if !strings.Contains(out, text) {
			t.Errorf("no %q in\n%s", text, out)
		}
	}
	if strings.Contains(out, "canary") {
		t.Errorf("it shows what a commit holds:\n%s", out)
	}
}

// The store is open all the while, as workers have it.
func TestWhatIsKeptIsHeldToItsEvents(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"MongoDB", "SQLite"} {
		t.Run(where, func(t *testing.T) {
			k := keptIn(t, where)
			k.says(t, "there are no streams here")
			k.erased("ann", keyring.Ref{Keyring: "canary-1", Number: 1})
			k.says(t, "not everything holds: 1 findings in 1 streams", "differs  acme/enrollment/ann version 1 is the first that names a policy which is not kept\n")
			if err := k.store.PutPolicy(t.Context(), "p", []byte("{}")); err != nil {
				t.Fatal(err)
			}
			k.says(t, "", "enrollment: 1 commits of 1 streams are read\n", "1 streams are what their events say\n")

			stream := eventstore.Stream{Platform: "acme", Kind: worker.EnrollmentKind, UserKey: "ann"}
			c, err := k.store.Head(t.Context(), stream)
			if err != nil {
				t.Fatal(err)
			}
			c.Version, c.Cause.ID, c.State = 2, "c2", []byte(`{"erased_rings":["canary-2"]}`)
			if err := k.store.Append(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			k.says(t, "not everything holds: 1 findings in 1 streams",
				"differs  acme/enrollment/ann version 2 keeps another state than its events fold to, in receipt, erased_at, erased_rings\n")
		})
	}
}

func TestAFolderWithoutAStoreIsNotMadeOne(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	k := kept{&place{t: t}, []string{"commits", "check", "--data", folder}}
	k.says(t, "there is none: does --data name the folder")
	if made, _ := filepath.Glob(filepath.Join(folder, "*")); len(made) > 0 {
		t.Errorf("made %v", made)
	}
}
