package sqlitekeys

import (
	"context"
	"database/sql"

	"countersign/pkg/worker/keyring"
)

func (s *Store) KeysUnder(ctx context.Context, p keyring.Purpose, epoch int, after keyring.WrappedKey, limit int) ([]keyring.WrappedKey, error) {
	rows, err := s.db.QueryContext(ctx,
		`SELECT `+columns+` FROM `+table(p)+` WHERE epoch < ? AND (platform, userkey, number) > (?,?,?)
		ORDER BY platform, userkey, number LIMIT ?`,
		epoch, after.Platform, after.UserKey, after.Ref.Number, limit)
	if err != nil {
		return nil, wrapped("list keys", err)
	}
	all, err := collect(rows, func(k *keyring.WrappedKey) []any {
		return []any{&k.Platform, &k.UserKey, &k.Ref.Keyring, &k.Ref.Number, &k.Epoch, &k.Wrapped}
	})
	return all, wrapped("list keys", err)
}

func (s *Store) CountUnder(ctx context.Context, p keyring.Purpose, epoch int) (n int, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT count(*) FROM `+table(p)+` WHERE epoch < ?`, epoch).Scan(&n)
	return n, wrapped("count keys", err)
}

func (s *Store) ReplaceKey(ctx context.Context, p keyring.Purpose, old, next keyring.WrappedKey) (bool, error) {
	return replaced(s.db.ExecContext(ctx,
		`UPDATE `+table(p)+` SET epoch = ?, wrapped = ? WHERE platform = ? AND userkey = ? AND number = ? AND keyring = ? AND wrapped = ?`,
		next.Epoch, next.Wrapped, old.Platform, old.UserKey, old.Ref.Number, old.Ref.Keyring, old.Wrapped))
}

func (s *Store) ReplaceEpoch(ctx context.Context, old, next keyring.WrappedEpoch) (bool, error) {
	return replaced(s.db.ExecContext(ctx, `UPDATE epochs SET wrapped = ? WHERE purpose = ? AND number = ? AND wrapped = ?`,
		next.Wrapped, old.Purpose, old.Number, old.Wrapped))
}

func replaced(result sql.Result, err error) (bool, error) {
	if err != nil {
		return false, wrapped("replace key", err)
	}
	n, err := result.RowsAffected()
	return n == 1, wrapped("replace key", err)
}
