package place

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"countersign/pkg/worker/eventstore"
)

func rewindServer(ctx context.Context, s Spec, heads []eventstore.Commit) error {
	writes := map[string][]mongo.WriteModel{}
	for _, c := range heads {
		writes[c.Stream.Kind] = append(writes[c.Stream.Kind],
			mongo.NewDeleteManyModel().SetFilter(bson.D{{Key: "_id", Value: bson.D{
				{Key: "$gt", Value: documentID(c)}, {Key: "$lt", Value: c.Stream.String() + "$"}, // the character after the number sign
			}}}),
			mongo.NewUpdateOneModel().SetFilter(bson.D{{Key: "_id", Value: documentID(c)}}).
				SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: "state", Value: string(c.State)}}}}))
	}
	return with(s, func(client *mongo.Client) error {
		for kind, all := range writes {
			if _, err := client.Database(s.Name).Collection(kind).BulkWrite(ctx, all, options.BulkWrite().SetOrdered(false)); err != nil {
				return fmt.Errorf("rewind %s: %w", kind, err)
			}
		}
		return nil
	})
}

func documentID(c eventstore.Commit) string { return fmt.Sprintf("%s#%012d", c.Stream, c.Version) }
