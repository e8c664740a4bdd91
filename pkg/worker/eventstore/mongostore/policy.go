package mongostore

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"countersign/pkg/worker/eventstore"
)

type policy struct {
	Hash     string `bson:"_id"`
	Document []byte `bson:"document"`
}

// PutPolicy keeps a policy's document by its hash.
func (s *Store) PutPolicy(ctx context.Context, hash string, text []byte) error {
	if len(text) > eventstore.MaxCommit {
		return fmt.Errorf("keep policy %s: %w", hash, eventstore.ErrTooLarge)
	}
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	_, err := s.policies().InsertOne(ctx, policy{hash, text})
	if mongo.IsDuplicateKeyError(err) {
		return nil
	}
	return wrap("keep policy "+hash, err)
}

// Policy is the document that PutPolicy kept.
func (s *Store) Policy(ctx context.Context, hash string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	var p policy
	err := s.policies().FindOne(ctx, bson.D{{Key: "_id", Value: hash}}, options.FindOne()).Decode(&p)
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, eventstore.ErrNoPolicy
	}
	return p.Document, wrap("read policy "+hash, err)
}

func (s *Store) policies() *mongo.Collection { return s.db.Collection("policies") }
