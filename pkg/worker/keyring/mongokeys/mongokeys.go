// Package mongokeys keeps wrapped keys in MongoDB, or in a server compatible with it, in a database of their own.
//
// Its collections take different rights: seed_keys and delivery_keys (enroll writes; verify reads both, the others
// delivery_keys alone), epochs and pairs. Writes are acknowledged by a majority and journaled, reads come from the primary.
// What RemoveUser removed still stands in backups, which therefore are kept for at most 30 days.
package mongokeys

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/together"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"
)

// Config says where the database is.
type Config struct {
	URI      string
	Database string        // for keys alone
	Timeout  time.Duration // of one call; 0: 5 s
	ReadOnly bool          // do not make indexes: for workers that have no right to
}

const defaultTimeout = 5 * time.Second

// Store is a keyring.Store.
type Store struct {
	client                        *mongo.Client
	seed, delivery, epochs, pairs *mongo.Collection
	asked                         *together.Keys
}

var (
	_ keyring.Store    = (*Store)(nil)
	_ keyring.Beginner = (*Store)(nil)
)

// Open connects and makes the indexes.
func Open(ctx context.Context, c Config) (*Store, error) {
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	client, err := mongo.Connect(clientOptions(c))
	if err != nil {
		return nil, fmt.Errorf("connect to keys: %w", err)
	}
	db := client.Database(c.Database)
	s := &Store{
		client: client, seed: db.Collection("seed_keys"), delivery: db.Collection("delivery_keys"),
		epochs: db.Collection("epochs"), pairs: db.Collection("pairs"),
	}
	s.asked = together.New(s.find, c.Timeout)
	if err := s.prepare(ctx, c.ReadOnly); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func clientOptions(c Config) *options.ClientOptions {
	journaled := true
	return options.Client().ApplyURI(c.URI).SetTimeout(c.Timeout).SetReadPreference(readpref.Primary()).
		SetWriteConcern(&writeconcern.WriteConcern{W: writeconcern.WCMajority, Journal: &journaled})
}

func (s *Store) prepare(ctx context.Context, readOnly bool) error {
	if readOnly {
		return s.Ping(ctx)
	}
	unique := []struct {
		in   *mongo.Collection
		keys bson.D
	}{
		{s.seed, bson.D{{Key: "platform", Value: 1}, {Key: "userkey", Value: 1}, {Key: "number", Value: 1}}},
		{s.delivery, bson.D{{Key: "platform", Value: 1}, {Key: "userkey", Value: 1}, {Key: "number", Value: 1}}},
		{s.epochs, bson.D{{Key: "purpose", Value: 1}, {Key: "number", Value: 1}}},
		{s.pairs, bson.D{{Key: "number", Value: 1}}},
	}
	for _, u := range unique {
		model := mongo.IndexModel{Keys: u.keys, Options: options.Index().SetUnique(true).SetName("place")}
		if _, err := u.in.Indexes().CreateOne(ctx, model); err != nil {
			return fmt.Errorf("make index of %s: %w", u.in.Name(), err)
		}
	}
	return nil
}

// Close disconnects.
func (s *Store) Close() error {
	s.asked.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), defaultTimeout)
	defer cancel()
	return s.client.Disconnect(ctx)
}

func (s *Store) keys(p keyring.Purpose) *mongo.Collection {
	if p == keyring.Seed {
		return s.seed
	}
	return s.delivery
}

// attempts bounds how often a write that lost against another one is begun anew.
const attempts = 8

// add is insert-if-absent. The row that was in the way may be removed before it is read: then it starts again.
func add[T any](ctx context.Context, in *mongo.Collection, row T, place bson.D) (got T, err error) {
	for range attempts {
		if _, err = in.InsertOne(ctx, row); err == nil {
			return row, nil
		}
		if beaten(err) {
			continue
		}
		if !mongo.IsDuplicateKeyError(err) {
			return got, err
		}
		if err = in.FindOne(ctx, place).Decode(&got); !errors.Is(err, mongo.ErrNoDocuments) {
			return got, err
		}
	}
	return got, err
}

// again writes until the write is not beaten by another one.
func again(write func() error) (err error) {
	for range attempts {
		if err = write(); !beaten(err) {
			return err
		}
	}
	return err
}

const writeConflict = 112

// beaten reports whether the server gave up a write, which left nothing, in favor of another one: MongoDB calls it a write conflict;
// compatible servers over PostgreSQL show its deadlock.
func beaten(err error) bool {
	var server mongo.ServerError
	return errors.As(err, &server) && (server.HasErrorCode(writeConflict) || server.HasErrorMessage("deadlock detected"))
}

func all[T any](ctx context.Context, in *mongo.Collection, filter bson.D) ([]T, error) {
	rows := []T{}
	found, err := in.Find(ctx, filter, options.Find().SetSort(bson.D{{Key: "number", Value: 1}}))
	if err == nil {
		err = found.All(ctx, &rows)
	}
	return rows, err
}

func wrapped(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}
