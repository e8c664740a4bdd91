package mongostore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"countersign/pkg/worker/eventstore"
)

// duplicateKey is the server's code for a broken unique index.
const duplicateKey = 11000

// Append writes the next version of a stream.
func (s *Store) Append(ctx context.Context, c eventstore.Commit) error {
	if !s.kinds[c.Stream.Kind] {
		return fmt.Errorf("append to stream %s: the store was opened without kind %s", c.Stream, c.Stream.Kind)
	}
	return s.group.Append(ctx, c)
}

// insertBatch writes a batch with one call for each kind in it, in the order of ids: processes that append to the same streams in orders of
// their own would each wait for the other.
func (s *Store) insertBatch(ctx context.Context, batch []eventstore.Commit) []error {
	type placed struct {
		*document
		place int
	}
	byKind := map[string][]placed{}
	for i, c := range batch {
		byKind[c.Stream.Kind] = append(byKind[c.Stream.Kind], placed{fromCommit(c), i})
	}
	results := make([]error, len(batch))
	for kind, all := range byKind {
		slices.SortFunc(all, func(a, b placed) int { return cmp.Compare(a.ID, b.ID) })
		documents := make([]*document, len(all))
		for i, p := range all {
			documents[i] = p.document
		}
		for i, err := range s.insertKind(ctx, kind, documents) {
			results[all[i].place] = err
		}
	}
	return results
}

// insertKind is unordered: a commit that breaks the lock leaves the others as they are.
func (s *Store) insertKind(ctx context.Context, kind string, documents []*document) []error {
	results := make([]error, len(documents))
	_, err := s.db.Collection(kind).InsertMany(ctx, documents, options.InsertMany().SetOrdered(false))
	refused, ok := errors.AsType[mongo.BulkWriteException](err)
	if !ok || refused.WriteConcernError != nil || len(refused.WriteErrors) == 0 {
		for i := range results {
			results[i] = err // nil: all are written; else unknown for each
		}
		return results
	}
	for _, e := range refused.WriteErrors {
		results[e.Index] = refusal(e.WriteError)
	}
	return results
}

// brokenIndex finds the index in the message, the only place where every server tells it: `index: cause dup key` or `Index 'cause'`. The
// first match is the server's own word: keys come after it, and names of databases and collections hold no blank.
var brokenIndex = regexp.MustCompile(`(?: index: |Index ')(_id_|cause)(?: dup key|')`)

// refusal is what a broken unique index means.
func refusal(e mongo.WriteError) error {
	name := brokenIndex.FindStringSubmatch(e.Message)
	switch {
	case e.Code != duplicateKey || name == nil:
		return e
	case name[1] == indexCause:
		return eventstore.ErrCauseSeen
	}
	return eventstore.ErrConflict
}
