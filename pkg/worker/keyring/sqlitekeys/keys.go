package sqlitekeys

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"countersign/pkg/worker/keyring"
)

const columns = "platform, userkey, keyring, number, epoch, wrapped"

// table names come from this switch alone, never from a caller's text.
func table(p keyring.Purpose) string {
	if p == keyring.Seed {
		return "seed_keys"
	}
	return "delivery_keys"
}

func (s *Store) AddKey(ctx context.Context, p keyring.Purpose, k keyring.WrappedKey) (keyring.WrappedKey, error) {
	row := s.db.QueryRowContext(ctx,
		`INSERT INTO `+table(p)+` (`+columns+`) VALUES (?,?,?,?,?,?)
		ON CONFLICT (platform, userkey, number) DO UPDATE SET number = number
		RETURNING `+columns, // the update that changes nothing makes it return the row that is there
		k.Platform, k.UserKey, k.Ref.Keyring, k.Ref.Number, k.Epoch, k.Wrapped)
	got, err := scanKey(row)
	return got, wrapped("add key", err)
}

func (s *Store) NewestKey(ctx context.Context, p keyring.Purpose, platform, userkey string) (keyring.WrappedKey, error) {
	got, err := scanKey(s.db.QueryRowContext(ctx,
		`SELECT `+columns+` FROM `+table(p)+` WHERE platform = ? AND userkey = ? ORDER BY number DESC LIMIT 1`,
		platform, userkey))
	return got, wrapped("read newest key", err)
}

// RemoveKey empties the log as RemoveUser does.
func (s *Store) RemoveKey(ctx context.Context, p keyring.Purpose, k keyring.WrappedKey) error {
	_, err := s.db.ExecContext(ctx,
		`DELETE FROM `+table(p)+` WHERE platform = ? AND userkey = ? AND number = ? AND keyring = ?`,
		k.Platform, k.UserKey, k.Ref.Number, k.Ref.Keyring)
	if err == nil {
		err = s.checkpoint(ctx)
	}
	return wrapped("remove key", err)
}

// RemoveUser empties the log even when there was nothing to remove: the time before may have stopped short of it.
func (s *Store) RemoveUser(ctx context.Context, platform, userkey string) error {
	for _, p := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		_, err := s.db.ExecContext(ctx, `DELETE FROM `+table(p)+` WHERE platform = ? AND userkey = ?`, platform, userkey)
		if err != nil {
			return wrapped("remove keys", err)
		}
	}
	return wrapped("remove keys", s.checkpoint(ctx))
}

func scanKey(row interface{ Scan(...any) error }) (k keyring.WrappedKey, err error) {
	err = row.Scan(&k.Platform, &k.UserKey, &k.Ref.Keyring, &k.Ref.Number, &k.Epoch, &k.Wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		err = keyring.ErrNoKeyring
	}
	return k, err
}

func wrapped(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
