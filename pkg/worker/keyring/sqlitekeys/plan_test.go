package sqlitekeys

import (
	"path/filepath"
	"testing"

	"countersign/pkg/worker/keyring"
)

// A join would have been planned the other way round: all users gone through for each that is asked for.
func TestKeysAreFoundByTheirUsers(t *testing.T) {
	s, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "keyring.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	rows, err := s.db.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+selectKeys(keyring.Seed), "acme", `["a"]`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	if !rows.Next() {
		t.Fatal("there is no plan")
	}
	var id, parent, unused int
	var step string
	if err := rows.Scan(&id, &parent, &unused, &step); err != nil || step != "SEARCH seed_keys USING PRIMARY KEY (platform=? AND userkey=?)" {
		t.Errorf("the plan begins with %s (%v)", step, err)
	}
}
