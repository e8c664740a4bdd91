package mongokeys

import (
	"context"

	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/together"
	"go.mongodb.org/mongo-driver/v2/bson"
)

// Key is asked for together with others.
func (s *Store) Key(ctx context.Context, p keyring.Purpose, platform, userkey string, ref keyring.Ref) (keyring.WrappedKey, error) {
	return s.BeginKey(p, platform, userkey, ref)(ctx)
}

// BeginKey asks for it and does not wait.
func (s *Store) BeginKey(p keyring.Purpose, platform, userkey string, ref keyring.Ref) keyring.Read {
	return s.asked.Begin(p, platform, userkey, ref)
}

func (s *Store) find(ctx context.Context, of together.Users) (found []keyring.WrappedKey, err error) {
	rows, err := s.keys(of.Purpose).Find(ctx, bson.D{
		{Key: "platform", Value: of.Platform}, {Key: "userkey", Value: bson.D{{Key: "$in", Value: of.Keys}}},
	})
	if err != nil {
		return nil, err
	}
	var documents []keyDoc
	err = rows.All(ctx, &documents)
	for _, d := range documents {
		found = append(found, d.key())
	}
	return found, err
}
