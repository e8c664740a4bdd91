package mongostore

import (
	"context"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"countersign/pkg/worker/eventstore"
)

// Waiting is the streams of a platform with a timer that is not marked fired.
func (s *Store) Waiting(ctx context.Context, kind, platform, after string, limit int) ([]eventstore.Stream, error) {
	found, err := s.waiting(ctx, kind, platform, after, limit)
	return found, wrap("list waiting "+kind, err)
}

func (s *Store) waiting(ctx context.Context, kind, platform, after string, limit int) ([]eventstore.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	names := options.Find().SetSort(byName).SetProjection(bson.D{{Key: "stream", Value: 1}})
	cursor, err := s.db.Collection(kind).Find(ctx, waitingAfter(kind, platform, after), names)
	if err != nil {
		return nil, err
	}
	found, err := different(ctx, cursor, limit)
	if closed := cursor.Close(ctx); err == nil {
		err = closed
	}
	return found, err
}

// different reads on until it has limit streams: one whose timers stand in several commits comes as often.
func different(ctx context.Context, cursor *mongo.Cursor, limit int) ([]eventstore.Stream, error) {
	var found []eventstore.Stream
	for len(found) < limit && cursor.Next(ctx) {
		var d document
		if err := cursor.Decode(&d); err != nil {
			return nil, err
		}
		stream, err := eventstore.ParseStream(d.Stream)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(found, stream) {
			found = append(found, stream)
		}
	}
	return found, cursor.Err()
}

var byName = bson.D{{Key: "stream", Value: 1}}

// waitingAfter is a range of names: they begin with platform and kind.
func waitingAfter(kind, platform, after string) bson.D {
	first, behind := platform+"/"+kind+"/", platform+"/"+kind+"0" // the character after the slash
	return bson.D{
		{Key: "due_at", Value: above(0)},
		{Key: "stream", Value: bson.D{{Key: "$gt", Value: max(after, first)}, {Key: "$lt", Value: behind}}},
	}
}
