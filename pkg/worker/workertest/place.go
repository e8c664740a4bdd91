package workertest

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/mongostore"
	"countersign/pkg/worker/eventstore/sqlitestore"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// A Place opens an empty store that ends with the test.
type Place func(testing.TB) eventstore.Store

// Places are all that a test of what hangs on the store runs over.
func Places() map[string]Place { return map[string]Place{"SQLite": SQLite, "MongoDB": MongoDB} }

var kinds = []string{"enrollment", "guard", "notification", "recovery"}

// SQLite opens a file in the test's folder.
func SQLite(t testing.TB) eventstore.Store { return sqliteIn(t, t.TempDir()) }

func sqliteIn(t testing.TB, folder string) eventstore.Store {
	t.Helper()
	s, err := sqlitestore.Open(t.Context(), sqlitestore.Config{Path: filepath.Join(folder, storeFile)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// MongoDB opens a database of its own on the server that COUNTERSIGN_TEST_MONGODB_URI names.
func MongoDB(t testing.TB) eventstore.Store {
	t.Helper()
	uri := os.Getenv("COUNTERSIGN_TEST_MONGODB_URI")
	if uri == "" {
		t.Fatal("COUNTERSIGN_TEST_MONGODB_URI is not set: set it to what `scripts/mongodb up` prints, or run `make test`, which does")
	}
	database := "countersign_test_" + rand.Text()
	t.Cleanup(func() { drop(t, uri, database) })
	s, err := mongostore.Open(t.Context(), mongostore.Config{URI: uri, Database: database, Kinds: kinds})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func drop(t testing.TB, uri, database string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(client.Database(database).Drop(ctx), client.Disconnect(ctx)); err != nil {
		t.Error(err)
	}
}
