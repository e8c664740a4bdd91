package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"countersign/pkg/events"
	"countersign/pkg/events/catalog"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/eventstore/mongostore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/keyring/mongokeys"
	"countersign/pkg/worker/process"
	"countersign/pkg/worker/runtime"
)

// A place is an installation's databases and keepers.
type place struct {
	t            *testing.T
	uri          string
	store        eventstore.Store
	keys         *mongokeys.Store
	environ      []string
	former, next []string // URLs of the delivery and the seed keeper
}

func newPlace(t *testing.T) *place {
	t.Helper()
	uri := os.Getenv("COUNTERSIGN_TEST_MONGODB_URI")
	if uri == "" {
		t.Fatal("COUNTERSIGN_TEST_MONGODB_URI is not set: set it to what `scripts/mongodb up` prints, or run `make test`, which does")
	}
	name := "countersign_test_" + rand.Text()
	p := &place{t: t, uri: uri, former: []string{keeperURL(), keeperURL()}, next: []string{keeperURL(), keeperURL()}}
	t.Cleanup(func() { p.drop(name, name+"_keys") })
	p.environ = []string{
		"COUNTERSIGN_MONGODB_URI=" + uri, "COUNTERSIGN_MONGODB_DATABASE=" + name,
		"COUNTERSIGN_KEYRING_MONGODB_URI=" + uri, "COUNTERSIGN_KEYRING_MONGODB_DATABASE=" + name + "_keys",
	}
	var err, failed error
	p.store, err = mongostore.Open(t.Context(), mongostore.Config{URI: uri, Database: name, Kinds: []string{worker.EnrollmentKind}})
	p.keys, failed = mongokeys.Open(t.Context(), mongokeys.Config{URI: uri, Database: name + "_keys"})
	if err := errors.Join(err, failed); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = errors.Join(p.store.Close(), p.keys.Close()) })
	return p
}

func keeperURL() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	return "base64key://" + base64.URLEncoding.EncodeToString(key)
}

// drop runs when the test's context has ended.
func (p *place) drop(names ...string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	client, err := mongo.Connect(options.Client().ApplyURI(p.uri))
	if err != nil {
		p.t.Fatal(err)
	}
	for _, name := range names {
		err = errors.Join(err, client.Database(name).Drop(ctx))
	}
	if err := errors.Join(err, client.Disconnect(ctx)); err != nil {
		p.t.Error(err)
	}
}

func (p *place) run(keepers []string, args ...string) (string, error) {
	var out strings.Builder
	err := run(p.t.Context(), runtime.Process{Name: "countersign", Args: args, Environ: append(p.environ, keepers...), Stdout: &out, Stderr: &out})
	return out.String(), err
}

func (p *place) rings(urls []string) (*keyring.Rings, error) {
	p.t.Helper()
	keepers, err := process.OpenKeepers(p.t.Context(),
		process.Keys{Delivery: events.NewSecret(urls[0])}, process.SeedKeeper{URL: events.NewSecret(urls[1])})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = keepers.Close() })
	return keyring.Open(p.t.Context(), keyring.Config{Store: p.keys, Keepers: keepers.Now, Writer: true})
}

func (p *place) user(key string) keyring.Ref {
	p.t.Helper()
	rings, err := p.rings(p.former)
	if err != nil {
		p.t.Fatal(err)
	}
	ref, err := rings.Create(p.t.Context(), "acme", key)
	if err != nil {
		p.t.Fatal(err)
	}
	return ref
}

func TestKeepersAndEpochKeysAreChanged(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	ref := p.user("ann")
	both := []string{
		"COUNTERSIGN_KEEPER_DELIVERY_URL=" + p.next[0], "COUNTERSIGN_KEEPER_DELIVERY_BEFORE_URL=" + p.former[0],
		"COUNTERSIGN_KEEPER_SEED_URL=" + p.next[1], "COUNTERSIGN_KEEPER_SEED_BEFORE_URL=" + p.former[1],
	}
	out, err := p.run(both, "keys", "rewrap", "--new-epoch")
	if err != nil || strings.Count(out, "1 of 1 users' keys are under the newest epoch key") != 2 {
		t.Fatalf("told\n%s%v", out, err)
	}
	rings, err := p.rings(p.next)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rings.Key(t.Context(), keyring.Seed, "acme", "ann", ref); err != nil {
		t.Errorf("under the new keepers alone: %v", err)
	}
	if _, err := p.rings(p.former); err == nil {
		t.Error("the former keepers still open it")
	}
	if out, err := p.run(nil, "keys", "rewrap"); err == nil || !strings.Contains(err.Error(), "COUNTERSIGN_KEEPER_SEED_URL") {
		t.Errorf("without keepers told\n%s%v", out, err)
	}
}

func TestAnErasureIsReapplied(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	ann, bob := p.user("ann"), p.user("bob")
	p.erased("ann", ann)
	out, err := p.run([]string{"COUNTERSIGN_KEEPER_DELIVERY_URL=" + p.former[0]}, "erasures", "reapply")
	if err != nil || !strings.HasSuffix(out, "2 keys of users who were erased had come back and are deleted\n") {
		t.Fatalf("told\n%s%v", out, err)
	}
	for _, purpose := range []keyring.Purpose{keyring.Seed, keyring.Delivery} {
		if _, err := p.keys.Key(t.Context(), purpose, "acme", "ann", ann); !errors.Is(err, keyring.ErrNoKeyring) {
			t.Errorf("the erased user's %s key: %v", purpose, err)
		}
		if _, err := p.keys.Key(t.Context(), purpose, "acme", "bob", bob); err != nil {
			t.Errorf("the other user's %s key: %v", purpose, err)
		}
	}
}

// erased writes the stream of a user who was erased, whose keys a backup has brought back.
func (p *place) erased(key string, ref keyring.Ref) {
	p.t.Helper()
	now := time.Now().UTC()
	e := &enrollment.UserErased{
		User: key, Receipt: enrollment.Receipt{ID: "r1", ErasedAt: now, CompleteAt: now.Add(30 * 24 * time.Hour)},
		Record: enrollment.ErasedRecord{Keyring: ref.Keyring},
	}
	data, record, err := events.Marshal(e)
	if err != nil {
		p.t.Fatal(err)
	}
	stream := eventstore.Stream{Platform: "acme", Kind: worker.EnrollmentKind, UserKey: key}
	fold := worker.Kit{Registry: catalog.New()}.Enrollments()
	c, err := eventstore.Next(eventstore.Loaded[enrollment.State]{}, fold, eventstore.Commit{
		Stream: stream, User: key, At: now, Digest: "d", Policy: "p",
		Cause:  eventstore.Cause{Origin: events.In, Platform: "acme", Source: "/acme", ID: "c1"},
		Events: []eventstore.Event{{ID: "e1", Type: e.EventType(), Data: data, Record: record}},
	})
	if err == nil {
		err = p.store.Append(p.t.Context(), c)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}
