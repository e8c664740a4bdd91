package mongostore

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"countersign/pkg/worker/eventstore"
)

// Head is the last commit of the stream.
func (s *Store) Head(ctx context.Context, stream eventstore.Stream) (eventstore.Commit, error) {
	last, err := s.commits(ctx, stream.Kind, versions(stream, 0), byVersion(newestFirst, 2))
	if err != nil {
		return eventstore.Commit{}, fmt.Errorf("read head of %s: %w", stream, err)
	}
	return eventstore.Last(stream, last)
}

// HeadLinearizable is the last commit of the stream, proven by a linearizable read that the version after it is not there: the
// guarantee holds for a single document named by its id. Where the server has no such read, it is Head.
func (s *Store) HeadLinearizable(ctx context.Context, stream eventstore.Stream) (eventstore.Commit, error) {
	for {
		head, err := s.Head(ctx, stream)
		if err != nil && !errors.Is(err, eventstore.ErrNoStream) || !s.linearizable {
			return head, err
		}
		last, proof := s.last(ctx, stream, head.Version)
		if proof != nil {
			return eventstore.Commit{}, fmt.Errorf("prove head of %s: %w", stream, proof)
		}
		if last {
			return head, err
		}
	}
}

func (s *Store) last(ctx context.Context, stream eventstore.Stream, version uint64) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	err := s.proven(stream.Kind).FindOne(ctx, commitAt(stream, version+1)).Err()
	if errors.Is(err, mongo.ErrNoDocuments) {
		return true, nil
	}
	return false, err
}

// ByCause is the commit that answered a cause.
func (s *Store) ByCause(ctx context.Context, stream eventstore.Stream, cause eventstore.Cause) (eventstore.Commit, error) {
	found, err := s.commits(ctx, stream.Kind, ofCause(stream, cause), options.Find().SetLimit(1))
	switch {
	case err != nil:
		return eventstore.Commit{}, fmt.Errorf("read commit of %s by cause: %w", stream, err)
	case len(found) == 0:
		return eventstore.Commit{}, eventstore.ErrNoCommit
	}
	return found[0], nil
}

// Replay gives the commits from version from on, in order.
func (s *Store) Replay(ctx context.Context, stream eventstore.Stream, from uint64) iter.Seq2[eventstore.Commit, error] {
	next := func(c eventstore.Commit) bson.D { return versions(stream, c.Version+1) }
	return eventstore.InOrder(stream, from, s.pages(ctx, "replay "+stream.String(), stream.Kind, versions(stream, from), next))
}

// All gives the commits of a kind, stream by stream.
func (s *Store) All(ctx context.Context, kind string) iter.Seq2[eventstore.Commit, error] {
	return s.pages(ctx, "read all of "+kind, kind, behind(""), func(c eventstore.Commit) bson.D {
		return behind(documentID(c.Stream, c.Version))
	})
}

// page bounds what Replay and All hold at once; no cursor is open while their caller works.
const page = 256

// pages gives what the first filter finds, and after a page what the one finds that next makes of its last commit.
func (s *Store) pages(ctx context.Context, what, kind string, filter bson.D, next func(eventstore.Commit) bson.D) iter.Seq2[eventstore.Commit, error] {
	return func(yield func(eventstore.Commit, error) bool) {
		for filter := filter; ; {
			commits, err := s.commits(ctx, kind, filter, byVersion(oldestFirst, page))
			if err != nil {
				yield(eventstore.Commit{}, fmt.Errorf("%s: %w", what, err))
				return
			}
			for _, c := range commits {
				if !yield(c, nil) {
					return
				}
			}
			if len(commits) < page {
				return
			}
			filter = next(commits[page-1])
		}
	}
}

func (s *Store) commits(ctx context.Context, kind string, filter bson.D, how *options.FindOptionsBuilder) ([]eventstore.Commit, error) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	cursor, err := s.db.Collection(kind).Find(ctx, filter, how)
	if err != nil {
		return nil, err
	}
	var documents []document
	if err := cursor.All(ctx, &documents); err != nil {
		return nil, err
	}
	commits := make([]eventstore.Commit, len(documents))
	for i, d := range documents {
		if commits[i], err = d.commit(); err != nil {
			return nil, fmt.Errorf("read document %s: %w", d.ID, err)
		}
	}
	return commits, nil
}

var (
	newestFirst = bson.D{{Key: "_id", Value: -1}}
	oldestFirst = bson.D{{Key: "_id", Value: 1}}
)

// byVersion names the index: a planner that takes another would sort the whole history.
func byVersion(order bson.D, limit int64) *options.FindOptionsBuilder {
	return options.Find().SetHint(indexID).SetSort(order).SetLimit(limit)
}

// ofUser is the shard key: a query that names it goes to one shard.
func ofUser(s eventstore.Stream) bson.D {
	return bson.D{{Key: "platform", Value: s.Platform}, {Key: "user_key", Value: s.UserKey}}
}

func ofCause(s eventstore.Stream, c eventstore.Cause) bson.D {
	return append(ofUser(s), bson.E{Key: "stream", Value: s.String()}, bson.E{Key: "cause", Value: c.Key()})
}

func commitAt(s eventstore.Stream, version uint64) bson.D {
	return append(ofUser(s), bson.E{Key: "_id", Value: documentID(s, version)})
}

// versions are the stream's from version from on; the order of _id is that of versions.
func versions(s eventstore.Stream, from uint64) bson.D {
	return append(ofUser(s), bson.E{Key: "_id", Value: bson.D{
		{Key: "$gte", Value: documentID(s, from)}, {Key: "$lte", Value: documentID(s, eventstore.MaxVersion)},
	}})
}

// behind is what follows a document in the order of _id, in which a stream's versions stand together: its name ends at a number sign.
func behind(id string) bson.D {
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$gt", Value: id}}}}
}
