package mongostore

import (
	"errors"
	"strings"
	"testing"

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

// The server says how it reads a head; words of MongoDB and of compatible servers.
func TestAHeadIsReadBackwardsOnTheIDsIndexWithoutSorting(t *testing.T) {
	s := newPlace(t).(place).open(t, nil)
	defer func() { _ = s.Close() }()
	find := bson.D{
		{Key: "find", Value: storetest.Kind}, {Key: "filter", Value: versions(eventstore.Stream{Platform: "acme", Kind: storetest.Kind, UserKey: "a"}, 0)},
		{Key: "sort", Value: newestFirst}, {Key: "limit", Value: 2}, {Key: "hint", Value: indexID},
	}
	var plan bson.M
	if err := s.db.RunCommand(t.Context(), bson.D{{Key: "explain", Value: find}}).Decode(&plan); err != nil {
		t.Fatal(err)
	}
	text, err := bson.MarshalExtJSON(plan, false, false)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `"_id_"`) {
		t.Errorf("the index of _id is not used: %s", text)
	}
	for _, slow := range []string{`"COLLSCAN"`, `"SORT"`, `"Seq Scan"`, `"Sort"`} {
		if strings.Contains(string(text), slow) {
			t.Errorf("there is a step %s: %s", slow, text)
		}
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
