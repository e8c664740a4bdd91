package process

import (
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"countersign/pkg/events"
	"countersign/pkg/worker/bus/fromenv"
	"countersign/pkg/worker/runtime"
	"countersign/pkg/worker/trace/otlp"
	"countersign/pkg/worker/trust"
)

// Settings are what every worker needs; runtime.Settings fills them.
type Settings struct {
	runtime.Common
	Bus           fromenv.Bus
	Store         Store
	Keys          Keys
	Traces        otlp.Settings
	Policy        string    `env:"COUNTERSIGN_POLICY_FILE,required" about:"it names the file of all platforms' settings, the same for every worker" remedy:"write one in YAML; a change of it counts at once"`
	DeadLetterKey PublicKey `env:"COUNTERSIGN_DEAD_LETTER_KEY,required" about:"it is the operator's public key, to which what cannot be handled is sealed" remedy:"use an X25519 public key, 32 bytes in base64: openssl genpkey -algorithm X25519, then openssl pkey -pubout -outform DER | tail -c 32 | base64"`
}

// Store is where commits are.
type Store struct {
	URI      events.Secret `env:"COUNTERSIGN_MONGODB_URI,required" about:"it is where commits are kept" remedy:"use mongodb://user:password@host/?tls=true"`
	Database string        `env:"COUNTERSIGN_MONGODB_DATABASE" envDefault:"countersign" about:"it is the database of the commits and of counters, which holds nothing else" remedy:"use its name, the same for every worker"`
}

// Keys is where wrapped keys are, and what unwraps them.
type Keys struct {
	URI      events.Secret `env:"COUNTERSIGN_KEYRING_MONGODB_URI,required" about:"it is where users' wrapped keys are kept, with backups of at most 30 days: they say when an erased user is forgotten" remedy:"use mongodb://user:password@host/?tls=true, best a server of its own"`
	Database string        `env:"COUNTERSIGN_KEYRING_MONGODB_DATABASE" envDefault:"countersign-keys" about:"it is the database of the wrapped keys, which holds nothing else" remedy:"use its name, the same for every worker"`
	Delivery events.Secret `env:"COUNTERSIGN_KEEPER_DELIVERY_URL,required" about:"it is the keeper that wraps the keys of codes and addresses that are sent" remedy:"for development use base64key:// and 32 random bytes in URL-safe base64"`
	Before   events.Secret `env:"COUNTERSIGN_KEEPER_DELIVERY_BEFORE_URL" about:"it is the keeper that was there before, while a change of it is under way" remedy:"set it in every worker, run countersign keys rewrap, remove it"`
}

// SeedKeeper is what enroll and verify need beside Settings: only they compute seeds.
type SeedKeeper struct {
	URL    events.Secret `env:"COUNTERSIGN_KEEPER_SEED_URL,required" about:"it is the keeper that wraps the keys of every seed and recovery code" remedy:"for development use base64key:// and 32 random bytes in URL-safe base64, others than the delivery keeper's"`
	Before events.Secret `env:"COUNTERSIGN_KEEPER_SEED_BEFORE_URL" about:"it is the keeper that was there before, while a change of it is under way" remedy:"set it in enroll and verify, run countersign keys rewrap, remove it"`
}

// Check names what the tags cannot say.
func (s *Settings) Check() error {
	return errors.Join(
		s.Bus.Check(), s.Store.Check(), checkURI("COUNTERSIGN_KEYRING_MONGODB_URI", s.Keys.URI), s.checkApart(),
		s.Traces.Check(),
	)
}

// Check names what the tags cannot say.
func (s *Store) Check() error { return checkURI("COUNTERSIGN_MONGODB_URI", s.URI) }

// checkURI catches what the driver's own errors would show a part of: a password with a stray percent sign.
func checkURI(name string, uri events.Secret) error {
	if uri.IsZero() {
		return nil // it is required: that is told already
	}
	scheme, rest, ok := strings.Cut(uri.Reveal(), "://")
	if !ok || scheme != "mongodb" && scheme != "mongodb+srv" {
		return fmt.Errorf("%s is not a MongoDB URI: it begins with mongodb:// or mongodb+srv://", name)
	}
	rest, _, _ = strings.Cut(rest, "?")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		if _, err := url.PathUnescape(rest[:at]); err != nil || strings.ContainsAny(rest[:at], "@/") {
			return fmt.Errorf("%s has a user or password that is not percent-encoded: write %% as %%25, @ as %%40, / as %%2F", name)
		}
	}
	return nil
}

// StoreError is err of a MongoDB of the setting named, with what puts it right where its certificate is not believed.
func StoreError(setting string, err error) error {
	store := trust.Server{Is: "the store", Address: setting, Authority: "tlsCAFile in " + setting, Ours: "tlsCertificateKeyFile in " + setting}
	return fmt.Errorf("%s: %w", setting, trust.Explain(err, store))
}

// checkApart: forgetting a user is deleting the keyring, which must not come back with the commits' backup.
func (s *Settings) checkApart() error {
	if s.Store.Database == s.Keys.Database && s.Store.URI.Equal(s.Keys.URI) && !s.Keys.URI.IsZero() {
		return errors.New("COUNTERSIGN_KEYRING_MONGODB_DATABASE is the database of the commits: keys are kept apart, since their backups end after 30 days")
	}
	return nil
}

// A PublicKey is an X25519 public key, 32 bytes; as text in base64.
type PublicKey []byte

// UnmarshalText refuses what no one could have the private key of.
func (k *PublicKey) UnmarshalText(text []byte) error {
	raw, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		return err
	}
	public, err := ecdh.X25519().NewPublicKey(raw)
	if err != nil {
		return err
	}
	trial, err := ecdh.X25519().NewPrivateKey(make([]byte, 32)) // clamped: any will do to find points of low order
	if err != nil {
		return err
	}
	if _, err := trial.ECDH(public); err != nil {
		return err
	}
	*k = raw
	return nil
}
