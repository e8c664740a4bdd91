package ideal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/place"
)

// A store commits batches and knows nothing of what they are.
type store interface {
	commit(ctx context.Context, ids []string, filler []byte) error
	count(ctx context.Context) (int64, error)
	close() error
}

func open(ctx context.Context, at place.Spec) (store, error) {
	if at.Kind == place.MongoDB {
		return openMongoDB(at)
	}
	return openSQLite(ctx, at)
}

func check(ctx context.Context, at place.Spec, users []crowd.User) error {
	s, err := open(ctx, at)
	if err != nil {
		return err
	}
	n, err := s.count(ctx)
	if err == nil && n != int64(len(users)) {
		err = fmt.Errorf("the store has %d, want %d", n, len(users))
	}
	return errors.Join(err, s.close())
}

type sqlite struct {
	db     *sql.DB
	insert *sql.Stmt
}

func openSQLite(ctx context.Context, at place.Spec) (*sqlite, error) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(at.At, "ideal.db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS commits (id TEXT PRIMARY KEY, body BLOB) STRICT`)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	insert, err := db.PrepareContext(ctx, `INSERT INTO commits (id, body) VALUES (?,?)`)
	return &sqlite{db, insert}, err
}

func (s *sqlite) commit(ctx context.Context, ids []string, filler []byte) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	insert := tx.StmtContext(ctx, s.insert)
	for _, id := range ids {
		if _, err := insert.ExecContext(ctx, id, filler); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func (s *sqlite) count(ctx context.Context) (n int64, err error) {
	err = s.db.QueryRowContext(ctx, `SELECT count(*) FROM commits`).Scan(&n)
	return n, err
}

func (s *sqlite) close() error { return s.db.Close() }

type mongodb struct {
	client  *mongo.Client
	commits *mongo.Collection
}

func openMongoDB(at place.Spec) (*mongodb, error) {
	journaled := true
	client, err := mongo.Connect(options.Client().ApplyURI(at.At).
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journaled}))
	if err != nil {
		return nil, err
	}
	return &mongodb{client, client.Database(at.Name).Collection("commits")}, nil
}

func (m *mongodb) commit(ctx context.Context, ids []string, filler []byte) error {
	documents := make([]bson.D, len(ids))
	for i, id := range ids {
		documents[i] = bson.D{{Key: "_id", Value: id}, {Key: "body", Value: filler}}
	}
	_, err := m.commits.InsertMany(ctx, documents, options.InsertMany().SetOrdered(false))
	return err
}

func (m *mongodb) count(ctx context.Context) (int64, error) {
	return m.commits.CountDocuments(ctx, bson.D{})
}

func (m *mongodb) close() error { return m.client.Disconnect(context.Background()) }
