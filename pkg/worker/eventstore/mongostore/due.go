package mongostore

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"countersign/pkg/worker/eventstore"
)

// Due is the timers that are not marked fired, oldest first.
func (s *Store) Due(ctx context.Context, kind string, before time.Time, limit int) ([]eventstore.DueTimer, error) {
	found, err := s.due(ctx, kind, before, limit)
	return found, wrap("list due timers of "+kind, err)
}

// due reads up to limit commits, since each has a due timer at least, and takes the first of their timers.
func (s *Store) due(ctx context.Context, kind string, before time.Time, limit int) ([]eventstore.DueTimer, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	cursor, err := s.db.Collection(kind).Find(ctx, dueBefore(before), firstBy("due_at", limit))
	if err != nil {
		return nil, err
	}
	var documents []document
	if err := cursor.All(ctx, &documents); err != nil {
		return nil, err
	}
	var found []eventstore.DueTimer
	for _, d := range documents {
		timers, err := d.leftBefore(before)
		if err != nil {
			return nil, err
		}
		found = append(found, timers...)
	}
	slices.SortStableFunc(found, func(a, b eventstore.DueTimer) int { return a.Timer.At.Compare(b.Timer.At) })
	return found[:min(limit, len(found))], nil
}

func (d document) leftBefore(before time.Time) ([]eventstore.DueTimer, error) {
	stream, err := eventstore.ParseStream(d.Stream)
	if err != nil {
		return nil, err
	}
	var found []eventstore.DueTimer
	for _, t := range d.Timers {
		left := slices.ContainsFunc(d.Due, func(l due) bool { return l.ID == t.ID })
		if left && t.At < before.UnixNano() {
			found = append(found, eventstore.DueTimer{Stream: stream, Version: uint64(d.Version), Timer: t.timer()})
		}
	}
	return found, nil
}

func dueBefore(t time.Time) bson.D {
	return bson.D{{Key: "due_at", Value: bson.D{{Key: "$gt", Value: int64(0)}, {Key: "$lt", Value: t.UnixNano()}}}}
}

// MarkFired notes that timers have had their effect.
func (s *Store) MarkFired(ctx context.Context, fired []eventstore.Fired) error {
	writes := map[string][]write{}
	for _, f := range fired {
		model := mongo.NewUpdateOneModel().SetFilter(commitAt(f.Stream, f.Version)).SetUpdate(without(f.TimerID))
		writes[f.Stream.Kind] = append(writes[f.Stream.Kind], write{documentID(f.Stream, f.Version), model})
	}
	return wrap("mark fired", s.bulk(ctx, writes))
}

// without takes a timer from those that have not fired, and the time of the first with it, in one step.
func without(timerID string) mongo.Pipeline {
	others := bson.D{{Key: "$ne", Value: bson.A{"$$this.id", bson.D{{Key: "$literal", Value: timerID}}}}}
	left := bson.D{{Key: "$filter", Value: bson.D{{Key: "input", Value: "$due"}, {Key: "cond", Value: others}}}}
	return mongo.Pipeline{
		{{Key: "$set", Value: bson.D{{Key: "due", Value: left}}}},
		{{Key: "$set", Value: bson.D{{Key: "due_at", Value: bson.D{{Key: "$min", Value: "$due.at"}}}}}},
	}
}
