// Package mongostore keeps commits in MongoDB or a server compatible with it: standalone, replica set or sharded cluster.
//
// A collection holds one kind of stream, so that each can have a role of its own. An acknowledged append has reached the journals of a
// majority; reads go to the primary and see only what a majority has. It uses no transactions, no change streams and no counters. Where
// collections are sharded, the key is {platform: 1, user_key: 1}: all streams of a user share a shard, and the unique indexes hold.
package mongostore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/group"
	"countersign/pkg/worker/gather"
)

// Config is what a Store is made of.
type Config struct {
	URI      string                    // mongodb:// or mongodb+srv://; concerns and preferences in it are overruled
	Database string                    // name; holds nothing else
	Kinds    []string                  // what this process appends to; others can be read
	Before   func([]eventstore.Commit) // sees every batch before it is written; nil for none
}

// A Store is an eventstore.Store in one database, and a Whole one.
type Store struct {
	client       *mongo.Client
	db           *mongo.Database
	kinds        map[string]bool
	group        *group.Group
	ends         *gather.Gather[end, bool]
	linearizable bool // the server can prove a read
}

// callLimit bounds every call, beside its caller's context.
const callLimit = 10 * time.Second

// indexLimit bounds Open: a new index on a long history takes its time.
const indexLimit = 5 * time.Minute

// Open connects and makes the indexes of c.Kinds where they are missing.
func Open(ctx context.Context, c Config) (*Store, error) {
	s, err := open(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open event store %s: %w", c.Database, err)
	}
	return s, nil
}

func open(ctx context.Context, c Config) (*Store, error) {
	client, err := mongo.Connect(clientOptions(c.URI))
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	s := &Store{client: client, db: client.Database(c.Database), kinds: map[string]bool{}}
	s.ends = gather.New(gather.Config[end, bool]{Read: s.readEnds, Timeout: callLimit})
	s.group = group.New(group.Config{Insert: s.insertBatch, Timeout: callLimit, Before: c.Before})
	for _, kind := range c.Kinds {
		s.kinds[kind] = true
	}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func clientOptions(uri string) *options.ClientOptions {
	journaled := true
	return options.Client().ApplyURI(uri).SetAppName("countersign").
		SetWriteConcern(&writeconcern.WriteConcern{W: "majority", Journal: &journaled}).
		SetReadConcern(readconcern.Majority()).SetReadPreference(readpref.Primary()).
		SetServerSelectionTimeout(callLimit)
}

func (s *Store) prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, indexLimit)
	defer cancel()
	if err := s.greet(ctx); err != nil {
		return fmt.Errorf("greet server: %w", err)
	}
	for kind := range s.kinds {
		if _, err := s.db.Collection(kind).Indexes().CreateMany(ctx, indexes()); err != nil {
			return fmt.Errorf("make indexes of %s: %w", kind, err)
		}
	}
	return nil
}

// greet finds out whether the server has linearizable reads: members of replica sets and routers of sharded clusters do.
func (s *Store) greet(ctx context.Context) error {
	var hello struct {
		SetName string `bson:"setName"`
		Message string `bson:"msg"`
	}
	err := s.db.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello)
	s.linearizable = hello.SetName != "" || hello.Message == "isdbgrid"
	return err
}

func (s *Store) proven(collection string) *mongo.Collection {
	return s.db.Collection(collection, options.Collection().SetReadConcern(readconcern.Linearizable()))
}

const (
	indexID    = "_id_" // the server's own: unique (stream, version)
	indexCause = "cause"
)

// indexes are, beside _id: the lock on causes, which begins with the shard key; and small ones for what is not done yet.
func indexes() []mongo.IndexModel {
	ascending := func(fields ...string) (keys bson.D) {
		for _, f := range fields {
			keys = append(keys, bson.E{Key: f, Value: 1})
		}
		return keys
	}
	where := func(field string, condition any) *options.IndexOptionsBuilder {
		return options.Index().SetPartialFilterExpression(bson.D{{Key: field, Value: condition}})
	}
	return []mongo.IndexModel{
		{Keys: ascending("platform", "user_key", "stream", "cause"), Options: options.Index().SetName(indexCause).SetUnique(true)},
		{Keys: ascending("at"), Options: where("published", false).SetName("pending")},
		{Keys: ascending("due_at"), Options: where("due_at", above(0)).SetName("due")},
		{Keys: ascending("stream"), Options: where("due_at", above(0)).SetName("waiting")},
		{Keys: ascending("bus_sequence"), Options: where("bus_sequence", above(0)).SetName("bus_sequence")},
	}
}

func above(n int64) bson.D { return bson.D{{Key: "$gt", Value: n}} }

// Close waits for appends in flight and disconnects.
func (s *Store) Close() error {
	s.group.Close()
	s.ends.Wait()
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	if err := s.client.Disconnect(ctx); err != nil && !errors.Is(err, mongo.ErrClientDisconnected) {
		return fmt.Errorf("close event store: %w", err)
	}
	return nil
}
