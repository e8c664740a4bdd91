package place

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"countersign/pkg/worker/eventstore/sqlitestore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/sqlitekeys"
)

func openSQLite(ctx context.Context, s Spec) (*Place, error) {
	events, err := sqlitestore.Open(ctx, sqlitestore.Config{Path: filepath.Join(s.At, "store.db")})
	if err != nil {
		return nil, err
	}
	path := filepath.Join(s.At, "keyring.db")
	keys, err := sqlitekeys.Open(ctx, sqlitekeys.Config{Path: path})
	if err != nil {
		return nil, errors.Join(err, events.Close())
	}
	return &Place{Spec: s, Events: events, Keys: keys, addKeys: intoFile(path)}, nil
}

// intoFile adds rows in one transaction.
func intoFile(path string) func(context.Context, keyring.Purpose, []keyring.WrappedKey) error {
	return func(ctx context.Context, of keyring.Purpose, rows []keyring.WrappedKey) error {
		db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
		if err != nil {
			return err
		}
		err = inOne(ctx, db, "INSERT INTO "+table(of)+" (platform, userkey, keyring, number, epoch, wrapped) VALUES (?,?,?,?,?,?)", rows)
		return errors.Join(err, db.Close())
	}
}

func inOne(ctx context.Context, db *sql.DB, insert string, rows []keyring.WrappedKey) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	statement, err := tx.PrepareContext(ctx, insert)
	if err != nil {
		return err
	}
	for _, k := range rows {
		if _, err := statement.ExecContext(ctx, k.Platform, k.UserKey, k.Ref.Keyring, k.Ref.Number, k.Epoch, k.Wrapped); err != nil {
			return err
		}
	}
	return tx.Commit()
}
