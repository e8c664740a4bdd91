package faults_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"countersign/e2e/program"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// An ownStore is a store whose process may be killed, beside the one that all tests share: a FerretDB of its own. What it has acknowledged lies in
// the PostgreSQL behind it, which lives.
type ownStore struct {
	*program.Program
	dir, uri string
}

func (o *ownStore) opens(ctx context.Context, t *testing.T) {
	t.Helper()
	o.dir = t.TempDir()
	t.Cleanup(func() {
		if o.Program != nil {
			must(t, o.Kill())
		}
	})
	must(t, o.start(ctx))
}

// start returns when it answers. It keeps its port over its deaths.
func (o *ownStore) start(ctx context.Context) (err error) {
	if o.Program, err = program.Launch("../../scripts/mongodb", os.Environ(), "serve", o.dir); err != nil {
		return err
	}
	if o.uri, err = o.Await(ctx, `(mongodb://\S+)`); err != nil {
		return fmt.Errorf("%w\n  remedy: do what it says, or name other faults in COUNTERSIGN_FAULTS_ONLY", err)
	}
	client, err := mongo.Connect(options.Client().ApplyURI(o.uri))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for err = client.Ping(ctx, nil); err != nil && ctx.Err() == nil; err = client.Ping(ctx, nil) {
		_ = rest(ctx, again)
	}
	return errors.Join(err, client.Disconnect(context.WithoutCancel(ctx)))
}

// stores are the faults of a store that a site has for itself.
func stores(o *ownStore) []fault {
	again := func(ends func(context.Context) error) func(context.Context, *storm) error {
		return func(ctx context.Context, s *storm) error {
			if err := rest(ctx, time.Duration(rand.IntN(200))*time.Millisecond); err != nil {
				return err
			}
			s.done()
			if err := ends(ctx); err != nil {
				return err
			}
			if err := o.start(ctx); err != nil {
				return err
			}
			return rest(ctx, redelivery)
		}
	}
	return []fault{
		{name: "the store's process is killed and comes back", does: again(func(context.Context) error { return o.Kill() })},
		{name: "the store's process is stopped and comes back", does: again(func(ctx context.Context) error { return o.Stop(ctx) })},
	}
}
