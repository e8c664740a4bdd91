package sqlitekeys

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"countersign/pkg/worker/gather"
	"countersign/pkg/worker/keyring"
)

// A question asks for one key.
type question struct {
	purpose           keyring.Purpose
	platform, userkey string
	ref               keyring.Ref
}

// Key is asked for together with others: a login storm asks for as many as there are lanes.
func (s *Store) Key(ctx context.Context, p keyring.Purpose, platform, userkey string, ref keyring.Ref) (keyring.WrappedKey, error) {
	got, err := s.asked.Ask(ctx, question{p, platform, userkey, ref})
	return got, wrapped("read key", err)
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

func (s *Store) readKeys(ctx context.Context, asked []question) []gather.Result[keyring.WrappedKey] {
	found := map[question]keyring.WrappedKey{}
	for at, users := range byPlace(asked) {
		if err := s.find(ctx, at, users, found); err != nil {
			return gather.Failed[keyring.WrappedKey](len(asked), err)
		}
	}
	results := make([]gather.Result[keyring.WrappedKey], len(asked))
	for i, q := range asked {
		k, ok := found[q]
		if results[i].Value = k; !ok {
			results[i].Err = keyring.ErrNoKeyring
		}
	}
	return results
}

// byPlace leaves of each question what one query has in common, and lists the users; one who stands there twice is found twice.
func byPlace(asked []question) map[question][]string {
	users := map[question][]string{}
	for _, q := range asked {
		at := question{purpose: q.purpose, platform: q.platform}
		users[at] = append(users[at], q.userkey)
	}
	return users
}

func (s *Store) find(ctx context.Context, at question, users []string, found map[question]keyring.WrappedKey) (err error) {
	list, err := json.Marshal(users)
	if err != nil {
		return err
	}
	rows, err := s.keysOf[at.purpose].QueryContext(ctx, at.platform, string(list))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		k, err := scanKey(rows)
		if err != nil {
			return err
		}
		found[question{at.purpose, k.Platform, k.UserKey, k.Ref}] = k
	}
	return rows.Err()
}
