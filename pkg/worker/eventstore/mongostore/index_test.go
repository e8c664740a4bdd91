package mongostore

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/storetest"
)

func TestABrokenIndexIsToldFromTheMessageOfEveryServer(t *testing.T) {
	for message, want := range map[string]error{
		`E11000 duplicate key error collection: acme.guard index: _id_ dup key: { _id: "acme/guard/k3f#000000000001" }`:                   eventstore.ErrConflict,
		`E11000 duplicate key error collection: acme.guard index: cause dup key: { platform: "acme", cause: "in/acme/ index: _id_ dup" }`: eventstore.ErrCauseSeen,
		`E11000 duplicate key error collection: index_cause.guard index: _id_ dup key: { _id: "index: cause dup key" }`:                   eventstore.ErrConflict,
		`Duplicate key violation on the requested collection: Index '_id_'`:                                                               eventstore.ErrConflict,
		`Duplicate key violation on the requested collection: Index 'cause'`:                                                              eventstore.ErrCauseSeen,
	} {
		if got := refusal(mongo.WriteError{Code: duplicateKey, Message: message}); !errors.Is(got, want) {
			t.Errorf("%s: got %v, want %v", message, got, want)
		}
	}
	for _, other := range []mongo.WriteError{
		{Code: duplicateKey, Message: "E11000 duplicate key error collection: acme.guard index: other dup key: { }"},
		{Code: 121, Message: "Document failed validation: index: cause dup key"},
	} {
		if got := refusal(other); errors.Is(got, eventstore.ErrConflict) || errors.Is(got, eventstore.ErrCauseSeen) {
			t.Errorf("%v is taken for %v", other, got)
		}
	}
}

// The server says how it reads, in MongoDB's words or in those of compatible servers.
func TestEveryQueryUsesItsIndex(t *testing.T) {
	p := newPlace(t).(place)
	s := p.open(t, nil)
	defer func() { _ = s.Close() }()
	stream, now := eventstore.Stream{Platform: "acme", Kind: storetest.Kind, UserKey: "a"}, time.Now()
	for _, q := range []struct {
		index string
		find  bson.D
	}{
		{indexID, bson.D{{Key: "filter", Value: versions(stream, 0)}, {Key: "sort", Value: newestFirst}, {Key: "hint", Value: indexID}}},
		{indexID, bson.D{{Key: "filter", Value: behind(documentID(stream, 1))}, {Key: "sort", Value: oldestFirst}, {Key: "hint", Value: indexID}}},
		{indexCause, bson.D{{Key: "filter", Value: ofCause(stream, eventstore.Cause{})}}},
		{"pending", bson.D{{Key: "filter", Value: pendingBefore(now)}}},
		{"due", bson.D{{Key: "filter", Value: dueBefore(now)}}},
		{"waiting", bson.D{{Key: "filter", Value: waitingAfter(storetest.Kind, "acme", "acme/guard/k")}}},
		{"bus_sequence", bson.D{{Key: "filter", Value: publishedAbove(7)}}},
	} {
		index := q.index
		plan := explain(t, s, append(bson.D{{Key: "find", Value: storetest.Kind}, {Key: "limit", Value: 2}}, q.find...))
		if !strings.Contains(plan, `"`+index+`"`) {
			t.Errorf("index %s is not used: %s", index, plan)
		}
		for _, slow := range []string{`"COLLSCAN"`, `"SORT"`, `"Seq Scan"`, `"Sort"`} {
			if strings.Contains(plan, slow) {
				t.Errorf("beside index %s there is a step %s: %s", index, slow, plan)
			}
		}
	}
}

func explain(t *testing.T, s *Store, find bson.D) string {
	t.Helper()
	var plan bson.M
	if err := s.db.RunCommand(t.Context(), bson.D{{Key: "explain", Value: find}}).Decode(&plan); err != nil {
		t.Fatal(err)
	}
	delete(plan, "command")
	text, err := bson.MarshalExtJSON(plan, false, false)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A compatible server takes the read concern for what it has; what a replica set does beyond that is MongoDB's own test.
func TestALinearizableHeadIsFoundByTwoReads(t *testing.T) {
	p := newPlace(t).(place)
	s := p.open(t, nil)
	defer func() { _ = s.Close() }()
	s.linearizable = true
	c := eventstore.Commit{
		Stream: eventstore.Stream{Platform: "acme", Kind: storetest.Kind, UserKey: "a"}, Version: 1, User: "u", At: time.Unix(1, 0),
		State: json.RawMessage(`{}`), Cause: eventstore.Cause{Origin: "in", Platform: "acme", Source: "/web", ID: "1"},
	}
	if _, err := s.HeadLinearizable(t.Context(), c.Stream); !errors.Is(err, eventstore.ErrNoStream) {
		t.Fatalf("got %v", err)
	}
	p.Fill(t, []eventstore.Commit{c})
	if head, err := s.HeadLinearizable(t.Context(), c.Stream); err != nil || head.Version != 1 {
		t.Fatalf("got version %d, %v", head.Version, err)
	}
}

func TestAKindThatWasNotOpenedIsNotAppendedTo(t *testing.T) {
	s := newPlace(t).(place).open(t, nil)
	defer func() { _ = s.Close() }()
	err := s.Append(t.Context(), eventstore.Commit{Stream: eventstore.Stream{Platform: "acme", Kind: "foreign", UserKey: "a"}})
	if err == nil || !strings.Contains(err.Error(), "without kind foreign") {
		t.Errorf("got %v", err)
	}
}
