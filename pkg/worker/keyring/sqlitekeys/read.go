package sqlitekeys

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/together"
)

// Key is asked for together with others.
func (s *Store) Key(ctx context.Context, p keyring.Purpose, platform, userkey string, ref keyring.Ref) (keyring.WrappedKey, error) {
	return s.BeginKey(p, platform, userkey, ref)(ctx)
}

// BeginKey asks for it and does not wait.
func (s *Store) BeginKey(p keyring.Purpose, platform, userkey string, ref keyring.Ref) keyring.Read {
	return s.asked.Begin(p, platform, userkey, ref)
}

// selectKeys finds all keys of a list of users of a platform.
func selectKeys(p keyring.Purpose) string {
	return `SELECT ` + columns + ` FROM ` + table(p) + ` WHERE platform = ? AND userkey IN (SELECT value FROM json_each(?))`
}

func (s *Store) prepare(ctx context.Context) error {
	s.keysOf = map[keyring.Purpose]*sql.Stmt{}
	for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		var err error
		if s.keysOf[p], err = s.db.PrepareContext(ctx, selectKeys(p)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) find(ctx context.Context, of together.Users) (found []keyring.WrappedKey, err error) {
	list, err := json.Marshal(of.Keys)
	if err != nil {
		return nil, err
	}
	rows, err := s.keysOf[of.Purpose].QueryContext(ctx, of.Platform, string(list))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		k, err := scanKey(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, k)
	}
	return found, rows.Err()
}
