package mongocounters

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.uber.org/goleak"

	"countersign/services/notifier/internal/budget"
	"countersign/services/notifier/internal/budget/countertest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func place(t testing.TB) Config {
	uri := os.Getenv("COUNTERSIGN_TEST_MONGODB_URI")
	if uri == "" {
		t.Fatal("COUNTERSIGN_TEST_MONGODB_URI is not set: set it to what `scripts/mongodb up` prints, or run `make test`, which does")
	}
	c := Config{URI: uri, Database: "countersign_test_" + rand.Text()}
	t.Cleanup(func() { drop(t, c) })
	return c
}

func drop(t testing.TB, c Config) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := mongo.Connect(clientOptions(c.URI))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(client.Database(c.Database).Drop(ctx), client.Disconnect(ctx)); err != nil {
		t.Error(err)
	}
}

func open(t testing.TB, c Config) *Counters {
	held, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = held.Close() })
	return held
}

func TestCounters(t *testing.T) {
	countertest.Run(t, func(t testing.TB) countertest.Place {
		c := place(t)
		return func(t testing.TB) budget.Counters { return open(t, c) }
	})
}

func TestTogether(t *testing.T) {
	countertest.Run(t, func(t testing.TB) countertest.Place {
		c := place(t)
		return func(t testing.TB) budget.Counters { return budget.Together(open(t, c)) }
	})
}

func TestTheServerIsToldWhenACounterIsOver(t *testing.T) {
	c := open(t, place(t))
	later := time.Now().Add(time.Hour).Truncate(time.Second)
	for _, until := range []time.Time{later, later.Add(-time.Minute)} {
		if _, err := c.Add(t.Context(), []budget.Count{{Key: "x", By: 1, Until: until}}); err != nil {
			t.Fatal(err)
		}
	}
	var kept struct{ Until time.Time }
	if err := c.in.FindOne(t.Context(), bson.D{{Key: "_id", Value: "x"}}).Decode(&kept); err != nil || !kept.Until.Equal(later) {
		t.Errorf("until %v, %v; want %v", kept.Until, err, later)
	}
	indexes, err := c.in.Indexes().ListSpecifications(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, index := range indexes {
		if index.Name == "over" && index.ExpireAfterSeconds != nil && *index.ExpireAfterSeconds == 0 {
			return
		}
	}
	t.Error("no index has the server remove what is over")
}

func TestWhatWasNotBeatenIsNotAddedAgain(t *testing.T) {
	counts := []budget.Count{{Key: "a"}, {Key: "b"}, {Key: "c"}}
	failed := func(codes ...int) error {
		e := mongo.BulkWriteException{}
		for i, code := range codes {
			e.WriteErrors = append(e.WriteErrors, mongo.BulkWriteError{WriteError: mongo.WriteError{Index: i, Code: code}})
		}
		return e
	}
	for _, c := range []struct {
		name string
		err  error
		want int
	}{
		{"nothing failed", nil, 0},
		{"the line broke", errors.New("connection reset"), 0},
		{"two lost a race", failed(duplicateKey, writeConflict), 2},
		{"one of two failed otherwise", failed(duplicateKey, 121), 0},
	} {
		if got := beaten(counts, c.err); len(got) != c.want {
			t.Errorf("%s: %d are added again, want %d", c.name, len(got), c.want)
		}
	}
}
