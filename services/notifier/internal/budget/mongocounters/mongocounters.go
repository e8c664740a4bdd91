// Package mongocounters keeps budgets' counters in a collection of MongoDB, or of a server compatible with it.
//
// An acknowledged addition has reached a majority; reads go to the primary. Counters whose time is over are removed by the server. Where the
// collection is sharded, the key is {_id: "hashed"}.
package mongocounters

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"countersign/services/notifier/internal/budget"
)

// Collection is where the counters are, in a database that may hold others.
const Collection = "counters"

const (
	callLimit = 5 * time.Second
	attempts  = 8 // of an addition that others' were in the way of
)

// Config says where the database is.
type Config struct {
	URI      string // concerns and preferences in it are overruled
	Database string
}

// Counters are budget.Counters.
type Counters struct {
	client *mongo.Client
	in     *mongo.Collection
}

var _ budget.Counters = (*Counters)(nil)

// Open connects and makes the index by which the server removes what is over.
func Open(ctx context.Context, c Config) (*Counters, error) {
	client, err := mongo.Connect(clientOptions(c.URI))
	if err != nil {
		return nil, fmt.Errorf("connect to counters: %w", err)
	}
	held := &Counters{client, client.Database(c.Database).Collection(Collection)}
	over := mongo.IndexModel{Keys: bson.D{{Key: "until", Value: 1}}, Options: options.Index().SetName("over").SetExpireAfterSeconds(0)}
	if _, err := held.in.Indexes().CreateOne(ctx, over); err != nil {
		return nil, errors.Join(fmt.Errorf("make index of counters: %w", err), held.Close())
	}
	return held, nil
}

func clientOptions(uri string) *options.ClientOptions {
	return options.Client().ApplyURI(uri).SetAppName("countersign").SetTimeout(callLimit).SetReadPreference(readpref.Primary()).
		SetWriteConcern(writeconcern.Majority())
}

// Add implements budget.Counters.
func (c *Counters) Add(ctx context.Context, counts []budget.Count) ([]int64, error) {
	if err := c.addAll(ctx, counts); err != nil {
		return nil, fmt.Errorf("add to counters: %w", err)
	}
	keys := make([]string, len(counts))
	for i, one := range counts {
		keys[i] = one.Key
	}
	return c.Read(ctx, keys)
}

// addAll writes in the order of keys, whoever writes: processes that add to the same counters in orders of their own would each wait for the
// other, on servers that lock each document until all of a call are written.
func (c *Counters) addAll(ctx context.Context, counts []budget.Count) error {
	left := slices.SortedFunc(slices.Values(counts), func(a, b budget.Count) int { return cmp.Compare(a.Key, b.Key) })
	var err error
	for range attempts {
		_, err = c.in.BulkWrite(ctx, writes(left), options.BulkWrite().SetOrdered(false))
		if left = beaten(left, err); len(left) == 0 {
			return err
		}
	}
	return err
}

func writes(counts []budget.Count) []mongo.WriteModel {
	models := make([]mongo.WriteModel, len(counts))
	for i, one := range counts {
		models[i] = mongo.NewUpdateOneModel().SetUpsert(true).SetFilter(bson.D{{Key: "_id", Value: one.Key}}).SetUpdate(bson.D{
			{Key: "$inc", Value: bson.D{{Key: "n", Value: one.By}}},
			{Key: "$max", Value: bson.D{{Key: "until", Value: one.Until.UTC()}}},
		})
	}
	return models
}

const (
	duplicateKey  = 11000
	writeConflict = 112
)

// beaten are the counts that the server gave up in favor of others' and that left nothing: two first additions to one counter race, and
// compatible servers over PostgreSQL show its deadlocks. None where the error is another one.
func beaten(counts []budget.Count, err error) []budget.Count {
	failed, ok := errors.AsType[mongo.BulkWriteException](err)
	if !ok || failed.WriteConcernError != nil {
		return nil
	}
	var again []budget.Count
	for _, e := range failed.WriteErrors {
		if e.Code != duplicateKey && e.Code != writeConflict && !e.HasErrorMessage("deadlock detected") {
			return nil
		}
		again = append(again, counts[e.Index])
	}
	return again
}

// Read implements budget.Counters.
func (c *Counters) Read(ctx context.Context, keys []string) ([]int64, error) {
	var found []struct {
		Key string `bson:"_id"`
		N   int64  `bson:"n"`
	}
	cursor, err := c.in.Find(ctx, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: keys}}}})
	if err == nil {
		err = cursor.All(ctx, &found)
	}
	if err != nil {
		return nil, fmt.Errorf("read counters: %w", err)
	}
	held := map[string]int64{}
	for _, f := range found {
		held[f.Key] = f.N
	}
	sums := make([]int64, len(keys))
	for i, key := range keys {
		sums[i] = held[key]
	}
	return sums, nil
}

// Close implements budget.Counters.
func (c *Counters) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), callLimit)
	defer cancel()
	if err := c.client.Disconnect(ctx); err != nil && !errors.Is(err, mongo.ErrClientDisconnected) {
		return fmt.Errorf("close counters: %w", err)
	}
	return nil
}
