package mongostore

import (
	"context"
	"fmt"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/gather"
)

// An end is asked for: is version the last of the stream?
type end struct {
	stream  eventstore.Stream
	version uint64
}

// Ends reports whether nothing follows version.
func (s *Store) Ends(ctx context.Context, stream eventstore.Stream, version uint64) (bool, error) {
	ends, err := s.ends.Ask(ctx, end{stream, version})
	return ends, wrap("read end of "+stream.String(), err)
}

// readEnds asks for the versions that would follow, by their ids: mostly nothing comes back.
func (s *Store) readEnds(ctx context.Context, asked []end) []gather.Result[bool] {
	byKind := map[string][]end{}
	for _, e := range asked {
		byKind[e.stream.Kind] = append(byKind[e.stream.Kind], e)
	}
	follows := map[string]bool{}
	for kind, of := range byKind {
		if err := s.readNext(ctx, kind, of, follows); err != nil {
			return gather.Failed[bool](len(asked), err)
		}
	}
	results := make([]gather.Result[bool], len(asked))
	for i, e := range asked {
		results[i].Value = !follows[documentID(e.stream, e.version+1)]
	}
	return results
}

func (s *Store) readNext(ctx context.Context, kind string, of []end, follows map[string]bool) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	cursor, err := s.db.Collection(kind).Find(ctx, nextOf(of), options.Find().SetProjection(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return err
	}
	var found []document
	if err := cursor.All(ctx, &found); err != nil {
		return fmt.Errorf("read ids: %w", err)
	}
	for _, d := range found {
		follows[d.ID] = true
	}
	return nil
}

// nextOf names the shard keys, so that only the shards of these users are asked.
func nextOf(of []end) bson.D {
	platforms, users, ids := make([]string, len(of)), make([]string, len(of)), make([]string, len(of))
	for i, e := range of {
		platforms[i], users[i], ids[i] = e.stream.Platform, e.stream.UserKey, documentID(e.stream, e.version+1)
	}
	among := func(list []string) bson.D { return bson.D{{Key: "$in", Value: list}} }
	slices.Sort(platforms)
	return bson.D{
		{Key: "platform", Value: among(slices.Compact(platforms))}, {Key: "user_key", Value: among(users)}, {Key: "_id", Value: among(ids)},
	}
}
