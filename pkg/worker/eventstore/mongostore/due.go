package mongostore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"countersign/pkg/worker/eventstore"
)

// due reads limit commits at least, since each has one due timer at least, and takes the first of their timers.
func (s *Store) due(ctx context.Context, kind string, before time.Time, limit int) ([]eventstore.DueTimer, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	filter := bson.D{{Key: "due.at", Value: bson.D{{Key: "$gt", Value: int64(0)}, {Key: "$lt", Value: before.UnixNano()}}}}
	cursor, err := s.db.Collection(kind).Find(ctx, filter, firstBy("due.at", limit))
	if err != nil {
		return nil, err
	}
	var documents []document
	if err := cursor.All(ctx, &documents); err != nil {
		return nil, err
	}
	var found []eventstore.DueTimer
	for _, d := range documents {
		timers, err := d.dueBefore(before)
		if err != nil {
			return nil, err
		}
		found = append(found, timers...)
	}
	slices.SortStableFunc(found, func(a, b eventstore.DueTimer) int { return a.Timer.At.Compare(b.Timer.At) })
	return found[:min(limit, len(found))], nil
}

func (d document) dueBefore(before time.Time) ([]eventstore.DueTimer, error) {
	stream, err := eventstore.ParseStream(d.Stream)
	if err != nil {
		return nil, err
	}
	var found []eventstore.DueTimer
	for _, t := range d.Timers {
		left := slices.ContainsFunc(d.Due, func(l due) bool { return l.ID == t.ID })
		if left && cmp.Less(t.At, before.UnixNano()) {
			found = append(found, eventstore.DueTimer{Stream: stream, Version: uint64(d.Version), Timer: t.timer()})
		}
	}
	return found, nil
}
