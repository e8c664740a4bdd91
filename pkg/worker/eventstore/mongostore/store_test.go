package mongostore

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.uber.org/goleak"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// place is a database of its own.
type place struct{ uri, database string }

func newPlace(t testing.TB) storetest.Place {
	uri := os.Getenv("COUNTERSIGN_TEST_MONGODB_URI")
	if uri == "" {
		t.Fatal("COUNTERSIGN_TEST_MONGODB_URI is not set: set it to what `scripts/mongodb up` prints, or run `make test`, which does")
	}
	p := place{uri, "countersign_test_" + rand.Text()}
	t.Cleanup(func() { p.drop(t) })
	return p
}

func (p place) drop(t testing.TB) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := mongo.Connect(clientOptions(p.uri))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(client.Database(p.database).Drop(ctx), client.Disconnect(ctx)); err != nil {
		t.Error(err)
	}
}

func (p place) open(t testing.TB, before func([]eventstore.Commit)) *Store {
	s, err := Open(t.Context(), Config{
		URI: p.uri, Database: p.database, Kinds: []string{storetest.Kind, storetest.OtherKind}, Before: before,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (p place) Open(t testing.TB, before func([]eventstore.Commit)) eventstore.Store {
	return p.open(t, before)
}

func (p place) Fill(t testing.TB, commits []eventstore.Commit) {
	s := p.open(t, nil)
	var err error
	for some := range slices.Chunk(commits, 1000) {
		err = errors.Join(err, errors.Join(s.insertBatch(t.Context(), some)...))
	}
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestStore(t *testing.T) { storetest.Run(t, newPlace) }

func BenchmarkAppend(b *testing.B) { storetest.Benchmark(b, newPlace) }

func BenchmarkMark(b *testing.B) { storetest.BenchmarkMark(b, newPlace) }
