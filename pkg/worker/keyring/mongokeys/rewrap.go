package mongokeys

import (
	"context"

	"countersign/pkg/worker/keyring"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

func (s *Store) KeysUnder(ctx context.Context, p keyring.Purpose, epoch int, after keyring.WrappedKey, limit int) ([]keyring.WrappedKey, error) {
	filter := append(under(epoch), bson.E{Key: "$or", Value: behind(after)})
	found, err := s.keys(p).Find(ctx, filter, options.Find().SetLimit(int64(limit)).SetSort(bson.D{
		{Key: "platform", Value: 1}, {Key: "userkey", Value: 1}, {Key: "number", Value: 1},
	}))
	docs := []keyDoc{}
	if err == nil {
		err = found.All(ctx, &docs)
	}
	rows := make([]keyring.WrappedKey, 0, len(docs))
	for _, d := range docs {
		rows = append(rows, d.key())
	}
	return rows, wrapped("list keys", err)
}

func (s *Store) CountUnder(ctx context.Context, p keyring.Purpose, epoch int) (int, error) {
	n, err := s.keys(p).CountDocuments(ctx, under(epoch))
	return int(n), wrapped("count keys", err)
}

func under(epoch int) bson.D {
	return bson.D{{Key: "epoch", Value: bson.D{{Key: "$lt", Value: epoch}}}}
}

// behind is what stands after k in the order of places.
func behind(k keyring.WrappedKey) bson.A {
	above := func(v any) bson.D { return bson.D{{Key: "$gt", Value: v}} }
	return bson.A{
		bson.D{{Key: "platform", Value: above(k.Platform)}},
		bson.D{{Key: "platform", Value: k.Platform}, {Key: "userkey", Value: above(k.UserKey)}},
		append(of(k.Platform, k.UserKey), bson.E{Key: "number", Value: above(k.Ref.Number)}),
	}
}

func (s *Store) ReplaceKey(ctx context.Context, p keyring.Purpose, old, next keyring.WrappedKey) (bool, error) {
	place := append(exactly(old.Platform, old.UserKey, old.Ref), bson.E{Key: "wrapped", Value: old.Wrapped})
	return replace(ctx, s.keys(p), place, bson.D{{Key: "epoch", Value: next.Epoch}, {Key: "wrapped", Value: next.Wrapped}})
}

func (s *Store) ReplaceEpoch(ctx context.Context, old, next keyring.WrappedEpoch) (bool, error) {
	place := bson.D{{Key: "purpose", Value: old.Purpose}, {Key: "number", Value: old.Number}, {Key: "wrapped", Value: old.Wrapped}}
	return replace(ctx, s.epochs, place, bson.D{{Key: "wrapped", Value: next.Wrapped}})
}

func replace(ctx context.Context, in *mongo.Collection, place, fields bson.D) (replaced bool, err error) {
	err = again(func() error {
		result, err := in.UpdateOne(ctx, place, bson.D{{Key: "$set", Value: fields}})
		replaced = err == nil && result.MatchedCount == 1
		return err
	})
	return replaced, wrapped("replace key", err)
}
