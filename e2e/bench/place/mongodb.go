package place

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"countersign/pkg/worker/eventstore/mongostore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/mongokeys"
)

func openMongoDB(ctx context.Context, s Spec) (*Place, error) {
	events, err := mongostore.Open(ctx, mongostore.Config{URI: s.At, Database: s.Name, Kinds: kinds})
	if err != nil {
		return nil, err
	}
	keys, err := mongokeys.Open(ctx, mongokeys.Config{URI: s.At, Database: KeyDatabase(s)})
	if err != nil {
		return nil, errors.Join(err, events.Close())
	}
	return &Place{Spec: s, Events: events, Keys: keys, addKeys: intoServer(s)}, nil
}

// KeyDatabase is the database of a place's keys.
func KeyDatabase(s Spec) string { return s.Name + "_keys" }

// bulk is what one call carries.
const bulk = 1000

func intoServer(s Spec) func(context.Context, keyring.Purpose, []keyring.WrappedKey) error {
	return func(ctx context.Context, of keyring.Purpose, rows []keyring.WrappedKey) error {
		return with(s, func(client *mongo.Client) error {
			var documents []bson.D
			for i, k := range rows {
				documents = append(documents, keyDocument(k))
				if len(documents) < bulk && i < len(rows)-1 {
					continue
				}
				if _, err := client.Database(KeyDatabase(s)).Collection(table(of)).InsertMany(ctx, documents); err != nil {
					return err
				}
				documents = documents[:0]
			}
			return nil
		})
	}
}

func keyDocument(k keyring.WrappedKey) bson.D {
	return bson.D{
		{Key: "platform", Value: k.Platform}, {Key: "userkey", Value: k.UserKey}, {Key: "keyring", Value: k.Ref.Keyring},
		{Key: "number", Value: k.Ref.Number}, {Key: "epoch", Value: k.Epoch}, {Key: "wrapped", Value: k.Wrapped},
	}
}

// Drop removes what a place has on a server; a folder is its maker's.
func Drop(ctx context.Context, s Spec) error {
	if s.Kind != MongoDB {
		return nil
	}
	return with(s, func(client *mongo.Client) error {
		return errors.Join(client.Database(s.Name).Drop(ctx), client.Database(KeyDatabase(s)).Drop(ctx))
	})
}

// Size is how many bytes a place takes on a server, with its indexes.
func Size(ctx context.Context, s Spec) (sum uint64, err error) {
	err = with(s, func(client *mongo.Client) error {
		for _, name := range []string{s.Name, KeyDatabase(s)} {
			var stats struct {
				Total float64 `bson:"totalSize"`
			}
			if err := client.Database(name).RunCommand(ctx, bson.D{{Key: "dbStats", Value: 1}}).Decode(&stats); err != nil {
				return fmt.Errorf("read size of %s: %w", name, err)
			}
			sum += uint64(stats.Total)
		}
		return nil
	})
	return sum, err
}

func with(s Spec, do func(*mongo.Client) error) error {
	client, err := mongo.Connect(options.Client().ApplyURI(s.At))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	return errors.Join(do(client), client.Disconnect(context.Background()))
}
