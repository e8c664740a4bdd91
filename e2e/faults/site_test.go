package faults_test

import (
	"cmp"
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"countersign/e2e/program"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/eventstore/mongostore"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const mongoVariable = "COUNTERSIGN_TEST_MONGODB_URI"

const policy = `platforms:
  acme:
    brand: Acme
    factors: [totp, email]
    require_sealed: false
`

// A plan is what sites differ in.
type plan struct {
	bin    string // folder of the binaries
	size   int    // of the bus; 0: one server
	mongo  string // URI of the store; "": the one that all tests share
	policy string // more of it
}

// A site is everything that runs together. Workers reach the bus and the store over lines.
type site struct {
	bin, tools             string // folders of the binaries, and of the operator's
	dir, passwords, policy string
	size                   int // of the bus
	mongo, database        string
	environ                []string // of every worker
	undertaker             string   // the key that opens dead letters
	mail                   *mail
	servers                []*server
	server                 *server // the first
	mesh                   *mesh   // between them; nil: there is one
	bus, store             *line
	commits                *mongostore.Store // beside the line
	operator               *nats.Conn
	streams                jetstream.JetStream

	mu      sync.Mutex
	running map[string]*program.Program
}

func openSite(ctx context.Context, p plan, dir string) (s *site, err error) {
	s = &site{
		bin: p.bin, tools: p.bin, dir: dir, size: max(p.size, 1), passwords: filepath.Join(dir, "passwords"), policy: filepath.Join(dir, "policy.yaml"), running: map[string]*program.Program{},
		mongo: cmp.Or(p.mongo, os.Getenv(mongoVariable)), database: "faults_" + strings.ToLower(rand.Text()[:10]),
	}
	if s.mongo == "" {
		return nil, fmt.Errorf("%s is not set: it names a MongoDB or a compatible server; export %s=$(scripts/mongodb up)", mongoVariable, mongoVariable)
	}
	for _, step := range []func(context.Context) error{
		func(context.Context) error { return os.WriteFile(s.policy, []byte(policy+p.policy), 0o600) },
		s.openMail, s.startServers, s.openLines, s.openStore, s.apply, s.startWorkers,
	} {
		if err := step(ctx); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *site) openMail(context.Context) (err error) {
	s.mail, err = openMail()
	return err
}

func (s *site) openLines(context.Context) (err error) {
	if s.bus, err = newLine(s.server.address()); err != nil {
		return err
	}
	to, err := url.Parse(s.mongo)
	if err != nil {
		return fmt.Errorf("read %s: %w", mongoVariable, err)
	}
	if s.store, err = lineOf(to.Host, message, notPrimary); err != nil {
		return err
	}
	to.Host = s.store.address()
	letters, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return fmt.Errorf("make a key of dead letters: %w", err)
	}
	s.undertaker = base64.StdEncoding.EncodeToString(letters.Bytes())
	bus := "nats://" + s.bus.address()
	if s.size > 1 { // whose servers tell of each other: no line would stay between
		bus = s.url()
	}
	s.environ = []string{
		"COUNTERSIGN_NATS_URL=" + bus,
		"COUNTERSIGN_MONGODB_URI=" + to.String(), "COUNTERSIGN_MONGODB_DATABASE=" + s.database,
		"COUNTERSIGN_KEYRING_MONGODB_URI=" + to.String(), "COUNTERSIGN_KEYRING_MONGODB_DATABASE=" + s.database + "_keys",
		"COUNTERSIGN_KEEPER_DELIVERY_URL=" + keeperURL(), "COUNTERSIGN_DEAD_LETTER_KEY=" + base64.StdEncoding.EncodeToString(letters.PublicKey().Bytes()),
		"COUNTERSIGN_POLICY_FILE=" + s.policy, "COUNTERSIGN_ADMIN_ADDRESS=127.0.0.1:0",
	}
	return nil
}

func bytes32() []byte {
	b := make([]byte, 32)
	rand.Read(b)
	return b
}

func keeperURL() string { return "base64key://" + base64.URLEncoding.EncodeToString(bytes32()) }

func (s *site) openStore(ctx context.Context) (err error) {
	s.commits, err = mongostore.Open(ctx, mongostore.Config{URI: s.mongo, Database: s.database})
	return err
}

// apply makes the streams, once the servers have found each other.
func (s *site) apply(ctx context.Context) (err error) {
	if s.operator, err = s.connect("_operator", bus.InboxPrefix("operator")); err != nil {
		return err
	}
	if s.streams, err = jetstream.New(s.operator); err != nil {
		return err
	}
	return s.ensure(ctx)
}

// ensure brings the streams to what the operator's release wants of them.
func (s *site) ensure(ctx context.Context) error {
	env := []string{"COUNTERSIGN_NATS_URL=" + s.url(), "COUNTERSIGN_NATS_USER=_operator", "COUNTERSIGN_NATS_PASSWORD_FILE=" + filepath.Join(s.passwords, "_operator")}
	for {
		_, err := s.countersign(ctx, env, "streams", "apply", "--copies", strconv.Itoa(s.size))
		if err == nil {
			return s.hurry(ctx)
		}
		if s.size == 1 || rest(ctx, again) != nil {
			return err
		}
	}
}

// startWorkers starts one process of each: enroll first, which makes the first keys.
func (s *site) startWorkers(ctx context.Context) error {
	seeds := "COUNTERSIGN_KEEPER_SEED_URL=" + keeperURL()
	s.environ = append(s.environ, seeds)
	for _, name := range workers {
		if _, err := s.start(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// start starts the process of a worker and returns when it works, or when a fault that it is given has ended it.
func (s *site) start(ctx context.Context, name string, more ...string) (*program.Program, error) {
	p, err := program.Launch(s.binary(name), append(s.environment(name), more...))
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.running[name] = p
	s.mu.Unlock()
	if _, err := p.Await(ctx, `("msg":"working"|`+died+`)`); err != nil {
		return nil, errors.Join(err, p.Kill())
	}
	return p, nil
}

func (s *site) environment(name string) []string {
	env := slices.Clone(s.environ)
	if name == "notifier" || name == "recovery" { // which must not compute seeds
		env = slices.DeleteFunc(env, func(one string) bool { return strings.HasPrefix(one, "COUNTERSIGN_KEEPER_SEED_URL=") })
	}
	env = append(env, "COUNTERSIGN_NATS_USER=_"+name, "COUNTERSIGN_NATS_PASSWORD_FILE="+filepath.Join(s.passwords, "_"+name))
	switch name {
	case "notifier":
		env = append(env, s.mail.environment()...)
	case "recovery":
		env = append(env, "COUNTERSIGN_RECOVERY_LISTEN=127.0.0.1:0")
	}
	return env
}

func (s *site) worker(name string) *program.Program {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running[name]
}

// again starts a worker that has ended.
func (s *site) again(ctx context.Context, name string) error {
	_, err := s.start(ctx, name)
	return err
}

func (s *site) binary(name string) string { return filepath.Join(s.bin, name) }

// countersign runs an operator's command to its end and returns what it said.
func (s *site) countersign(ctx context.Context, env []string, args ...string) (string, error) {
	return program.Run(ctx, filepath.Join(s.tools, "countersign"), append(env, "COUNTERSIGN_POLICY_FILE="+s.policy), args...)
}
