package start

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"

	"countersign/e2e/bench/place"
	"countersign/e2e/bench/rings"
	"countersign/e2e/bench/stand"
	"countersign/e2e/program"
	"countersign/pkg/worker/keyring"
)

const policy = `platforms:
  acme:
    brand: Acme
    factors: [totp, email, sms]
    require_sealed: false
`

// A site is what programs need to run on a stand over MongoDB: a folder with them and a policy.
type site struct {
	dir         string
	on          *stand.Stand
	deadLetters string // public key
}

func newSite(dir string, on *stand.Stand) (site, error) {
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return site{}, err
	}
	s := site{dir: dir, on: on, deadLetters: base64.StdEncoding.EncodeToString(key.PublicKey().Bytes())}
	return s, os.WriteFile(s.policy(), []byte(policy), 0o600)
}

func (s site) policy() string { return filepath.Join(s.dir, "policy.yaml") }

func (s site) binary(name string) string { return filepath.Join(s.dir, "programs", name) }

// launch returns when the worker works, and where its metrics are.
func (s site) launch(ctx context.Context, name string) (p *program.Program, admin string, err error) {
	if p, err = program.Launch(s.binary(name), s.environment(name)); err != nil {
		return nil, "", err
	}
	if _, err = p.Await(ctx, `"msg":"working"`); err == nil {
		admin, err = p.Await(ctx, `"admin":"([^"]+)"`)
	}
	if err != nil {
		_ = p.Kill()
		return nil, "", err
	}
	return p, admin, nil
}

// apply makes every stream and durable.
func (s site) apply(ctx context.Context) error {
	env := append(s.bus("operator"), "COUNTERSIGN_POLICY_FILE="+s.policy())
	if _, err := program.Run(ctx, s.binary("countersign"), env, "streams", "apply"); err != nil {
		return fmt.Errorf("make streams: %w", err)
	}
	return nil
}

// bus is the environment of a user whom the bus lets do everything.
func (s site) bus(user string) []string {
	return []string{"COUNTERSIGN_NATS_URL=" + s.on.Bus.URL(), "COUNTERSIGN_NATS_USER=_" + user, "COUNTERSIGN_NATS_PASSWORD=unread"}
}

// environment is what an operator would give a worker.
func (s site) environment(name string) []string {
	env := append(s.bus(name),
		"COUNTERSIGN_MONGODB_URI="+s.on.At.At, "COUNTERSIGN_MONGODB_DATABASE="+s.on.At.Name,
		"COUNTERSIGN_KEYRING_MONGODB_URI="+s.on.At.At, "COUNTERSIGN_KEYRING_MONGODB_DATABASE="+place.KeyDatabase(s.on.At),
		"COUNTERSIGN_KEEPER_DELIVERY_URL="+rings.Keeper(keyring.Delivery), "COUNTERSIGN_DEAD_LETTER_KEY="+s.deadLetters,
		"COUNTERSIGN_POLICY_FILE="+s.policy(), "COUNTERSIGN_ADMIN_ADDRESS=127.0.0.1:0",
	)
	switch name {
	case "enroll", "verify":
		env = append(env, "COUNTERSIGN_KEEPER_SEED_URL="+rings.Keeper(keyring.Seed))
	case "notifier":
		env = append(env, providers...)
	case "recovery":
		env = append(env, "COUNTERSIGN_RECOVERY_LISTEN=127.0.0.1:0")
	}
	return env
}

// providers are asked for nothing.
var providers = []string{
	"COUNTERSIGN_SMTP_HOST=127.0.0.1", "COUNTERSIGN_SMTP_PORT=25", "COUNTERSIGN_SMTP_TLS=none", "COUNTERSIGN_SMTP_FROM=Acme <no-reply@acme.example>",
	"COUNTERSIGN_TWILIO_ACCOUNT_SID=AC00000000000000000000000000000000", "COUNTERSIGN_TWILIO_AUTH_TOKEN=00000000000000000000000000000000",
	"COUNTERSIGN_TWILIO_FROM=+15005550006", "COUNTERSIGN_TWILIO_BASE_URL=http://127.0.0.1:9",
}
