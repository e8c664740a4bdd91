package processes_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"countersign/e2e/program"
)

const mongoVariable = "COUNTERSIGN_TEST_MONGODB_URI"

const policy = `platforms:
  acme:
    brand: Acme
    factors: [totp, email, sms]
    require_sealed: false
  beta:
    brand: Beta
    factors: [totp, email, sms]
    require_sealed: true
`

// A site is everything that runs together.
type site struct {
	dir, passwords, policy string
	cert, key, storeKey    string
	authority, other       *authority // who vouches for the bus, and who does not
	mongo, database        string     // URI, and what names of databases begin with
	keepers                []string   // URLs, delivery and seed
	deadLetters            string     // public key
	providers              *providers
	config                 func() (string, error) // of a nats-server
	bus                    *bus

	mu      sync.Mutex
	running []*worker
}

func newSite(dir string) (s *site, err error) {
	s = &site{
		dir: dir, passwords: filepath.Join(dir, "passwords"), policy: filepath.Join(dir, "policy.yaml"),
		mongo: os.Getenv(mongoVariable), database: "processes_" + strings.ToLower(rand.Text()[:10]), storeKey: rand.Text(),
		deadLetters: base64.StdEncoding.EncodeToString(bytes32()),
		keepers:     []string{keeperURL(), keeperURL()},
	}
	s.config = sync.OnceValues(s.writeConfig)
	if s.mongo == "" {
		return nil, fmt.Errorf("%s is not set: it names a MongoDB or a compatible server; export %s=$(scripts/mongodb up)", mongoVariable, mongoVariable)
	}
	if s.authority, err = newAuthority(dir, "authority"); err != nil {
		return nil, err
	}
	if s.other, err = newAuthority(dir, "another"); err != nil {
		return nil, err
	}
	if s.cert, s.key, err = s.authority.issue(dir); err != nil {
		return nil, err
	}
	return s, os.WriteFile(s.policy, []byte(policy), 0o600)
}

func bytes32() []byte {
	b := make([]byte, 32)
	rand.Read(b)
	return b
}

func keeperURL() string { return "base64key://" + base64.URLEncoding.EncodeToString(bytes32()) }

// open starts the bus and one process of each worker: enroll first, which makes the first keys.
func (s *site) open(ctx context.Context) (err error) {
	if s.providers, err = openProviders(); err != nil {
		return err
	}
	if s.bus, err = startBus(ctx, s, "bus"); err != nil {
		return err
	}
	if err := s.bus.apply(ctx); err != nil {
		return err
	}
	if _, err := s.start(ctx, "enroll"); err != nil {
		return err
	}
	return s.startAll(ctx, "verify", "notifier", "recovery")
}

// startAll starts processes at once.
func (s *site) startAll(ctx context.Context, names ...string) error {
	failed := make(chan error)
	for _, name := range names {
		go func() { _, err := s.start(ctx, name); failed <- err }()
	}
	var err error
	for range names {
		err = errors.Join(err, <-failed)
	}
	return err
}

// close stops what still runs; each must end well, and every stream that all of them leave must be what its events say.
func (s *site) close(ctx context.Context) error {
	var err error
	s.mu.Lock()
	running := slices.Clone(s.running)
	s.mu.Unlock()
	for _, w := range running {
		err = errors.Join(err, w.Stop(ctx))
	}
	if s.bus != nil {
		err = errors.Join(err, s.bus.Kill())
	}
	if s.providers != nil {
		err = errors.Join(err, s.providers.close(ctx))
	}
	_, differs := s.countersign(ctx, s.commits(), "commits", "check")
	return errors.Join(err, differs, dropDatabases(ctx, s.mongo, s.database, s.database+"_keys"))
}

// commits says where they are.
func (s *site) commits() []string {
	return []string{"COUNTERSIGN_MONGODB_URI=" + s.mongo, "COUNTERSIGN_MONGODB_DATABASE=" + s.database}
}

func dropDatabases(ctx context.Context, uri string, names ...string) error {
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	if err != nil {
		return fmt.Errorf("drop databases: %w", err)
	}
	for _, name := range names {
		err = errors.Join(err, client.Database(name).Drop(ctx))
	}
	return errors.Join(err, client.Disconnect(ctx))
}

func (s *site) binary(name string) string { return filepath.Join(s.dir, "bin", name) }

// countersign runs an operator's command to its end and returns what it said; any code but 0 is an error.
func (s *site) countersign(ctx context.Context, env []string, args ...string) (string, error) {
	return program.Run(ctx, s.binary("countersign"), append(env, "COUNTERSIGN_POLICY_FILE="+s.policy), args...)
}

// file writes a file of a test's own and returns its path.
func (s *site) file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}
