package mongokeys_test

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/keytest"
	"countersign/pkg/worker/keyring/mongokeys"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.uber.org/goleak"
)

const variable = "COUNTERSIGN_TEST_MONGODB_URI"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func server(t *testing.T) string {
	t.Helper()
	uri := os.Getenv(variable)
	if uri == "" {
		t.Fatalf("%s is not set: it names a MongoDB or a compatible server; export %s=$(scripts/mongodb up)", variable, variable)
	}
	return uri
}

// database gives a fresh name; the database is dropped at the test's end.
func database(t *testing.T) mongokeys.Config {
	t.Helper()
	c := mongokeys.Config{URI: server(t), Database: "keys_test_" + strings.ToLower(rand.Text())}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		client, err := mongo.Connect(options.Client().ApplyURI(c.URI))
		if err == nil {
			err = errors.Join(client.Database(c.Database).Drop(ctx), client.Disconnect(ctx))
		}
		if err != nil {
			t.Error(err)
		}
	})
	return c
}

func open(t *testing.T, c mongokeys.Config) *mongokeys.Store {
	t.Helper()
	s, err := mongokeys.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestStore(t *testing.T) {
	keytest.Run(t, func(t *testing.T) func() keyring.Store {
		c := database(t)
		return func() keyring.Store { return open(t, c) }
	})
}

func TestAReaderReadsWhatTheWriterMade(t *testing.T) {
	c := database(t)
	writer := open(t, c)
	k := keyring.WrappedKey{Platform: "acme", UserKey: "u", Ref: keyring.Ref{Keyring: "r", Number: 1}, Wrapped: []byte("w")}
	if _, err := writer.AddKey(t.Context(), keyring.Seed, k); err != nil {
		t.Fatal(err)
	}
	c.ReadOnly = true
	if _, err := open(t, c).Key(t.Context(), keyring.Seed, "acme", "u", k.Ref); err != nil {
		t.Fatal(err)
	}
}

func TestAServerThatIsNotThereIsAnErrorSoon(t *testing.T) {
	c := mongokeys.Config{URI: "mongodb://127.0.0.1:1/?directConnection=true", Database: "keys", Timeout: 200 * time.Millisecond}
	if _, err := mongokeys.Open(t.Context(), c); err == nil {
		t.Fatal("opened a store without a server")
	}
}
