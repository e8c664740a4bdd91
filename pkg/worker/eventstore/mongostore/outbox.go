package mongostore

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

	"countersign/pkg/worker/eventstore"
)

// Pending is what is not marked published, oldest first.
func (s *Store) Pending(ctx context.Context, kind string, before time.Time, limit int) ([]eventstore.Commit, error) {
	pending, err := s.commits(ctx, kind, pendingBefore(before), firstBy("at", limit))
	return pending, wrap("list pending of "+kind, err)
}

// PublishedAbove is what was published under a higher BusSequence, lowest first.
func (s *Store) PublishedAbove(ctx context.Context, kind string, sequence uint64, limit int) ([]eventstore.Commit, error) {
	published, err := s.commits(ctx, kind, publishedAbove(sequence), firstBy("bus_sequence", limit))
	return published, wrap("list published of "+kind, err)
}

// MarkPublished notes that commits are published, and drops the states of the versions before them: one call for all that have a BusSequence in
// common, and one for the states. A call for each commit would take the server longer than the commit.
func (s *Store) MarkPublished(ctx context.Context, marks []eventstore.Mark) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	type place struct {
		kind     string
		sequence uint64
	}
	published, spent := map[place][]string{}, map[string][]string{}
	for _, m := range marks {
		at, stream := place{m.Stream.Kind, m.BusSequence}, m.Stream.String()
		published[at] = append(published[at], idIn(stream, m.Version))
		if m.Version > 1 {
			spent[at.kind] = append(spent[at.kind], idIn(stream, m.Version-1))
		}
	}
	var err error
	for at, ids := range published {
		done := bson.D{{Key: "published", Value: true}, {Key: "bus_sequence", Value: int64(at.sequence)}}
		err = errors.Join(err, s.updateAll(ctx, at.kind, ids, "$set", done))
	}
	for kind, ids := range spent {
		err = errors.Join(err, s.updateAll(ctx, kind, ids, "$unset", bson.D{{Key: "state", Value: ""}}))
	}
	return wrap("mark published", err)
}

// updateAll does so in the order of ids, as bulk.
func (s *Store) updateAll(ctx context.Context, kind string, ids []string, operator string, change bson.D) error {
	slices.Sort(ids)
	_, err := s.db.Collection(kind).UpdateMany(ctx,
		bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: ids}}}}, bson.D{{Key: operator, Value: change}})
	return err
}

func pendingBefore(t time.Time) bson.D {
	return bson.D{{Key: "published", Value: false}, {Key: "at", Value: bson.D{{Key: "$lt", Value: t.UnixNano()}}}}
}

func publishedAbove(sequence uint64) bson.D {
	return bson.D{{Key: "bus_sequence", Value: above(int64(sequence))}}
}

func firstBy(field string, limit int) *options.FindOptionsBuilder {
	return options.Find().SetSort(bson.D{{Key: field, Value: 1}}).SetLimit(int64(limit))
}

// A write changes one document.
type write struct {
	id    string
	model mongo.WriteModel
}

// bulk writes in the order of ids, whoever writes: processes that mark the same commits in orders of their own would each wait for the other,
// on servers that lock each document until all of a call are written.
func (s *Store) bulk(ctx context.Context, writes map[string][]write) error {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	var err error
	for kind, all := range writes {
		slices.SortStableFunc(all, func(a, b write) int { return cmp.Compare(a.id, b.id) })
		models := make([]mongo.WriteModel, len(all))
		for i, w := range all {
			models[i] = w.model
		}
		_, failed := s.db.Collection(kind).BulkWrite(ctx, models, options.BulkWrite().SetOrdered(false))
		err = errors.Join(err, failed)
	}
	return err
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
