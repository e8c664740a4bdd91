package processes_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"countersign/e2e/program"
)

// A bus is a nats-server of its own, as `countersign nats-config` configures it.
type bus struct {
	*program.Program
	site *site
	conf string // file
	url  string // tls://127.0.0.1:port
	keys string // folder of credentials; empty: its users have passwords
}

const storeDir = "/folder-of-the-streams"

// writeConfig is what `countersign nats-config` prints; once, since hashes take their time.
func (s *site) writeConfig() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	return s.countersign(ctx, nil, "nats-config", "--listen", "127.0.0.1:-1", "--store-dir", storeDir,
		"--tls-cert", s.cert, "--tls-key", s.key, "--passwords", s.passwords, "--make-passwords", "--hash-cost", "4")
}

// startBus starts one whose streams are in a folder of their own under name.
func startBus(ctx context.Context, s *site, name string) (*bus, error) {
	config, err := s.config()
	if err != nil {
		return nil, err
	}
	return startBusAs(ctx, s, name, config)
}

func startBusAs(ctx context.Context, s *site, name, config string) (*bus, error) {
	b := &bus{site: s, conf: filepath.Join(s.dir, name+".conf")}
	text := strings.ReplaceAll(config, storeDir, filepath.Join(s.dir, name))
	if err := os.WriteFile(b.conf, []byte(text), 0o600); err != nil {
		return nil, err
	}
	port, err := b.start(ctx)
	if err != nil {
		return nil, err
	}
	b.url = "tls://127.0.0.1:" + port
	return b, nil
}

func (b *bus) start(ctx context.Context, more ...string) (port string, err error) {
	env := []string{"COUNTERSIGN_NATS_STORE_KEY=" + b.site.storeKey}
	if b.Program, err = program.Launch(b.site.binary("nats-server"), env, append([]string{"-c", b.conf}, more...)...); err != nil {
		return "", err
	}
	if port, err = b.Await(ctx, `Listening for client connections on 127\.0\.0\.1:(\d+)`); err != nil {
		return "", err
	}
	_, err = b.Await(ctx, "Server is ready")
	return port, err
}

// again starts it at the port that it had.
func (b *bus) again(ctx context.Context) error {
	_, err := b.start(ctx, "-p", b.url[len("tls://127.0.0.1:"):])
	return err
}

// apply makes its streams.
func (b *bus) apply(ctx context.Context) error {
	if _, err := b.site.countersign(ctx, b.user("_operator"), "streams", "diff"); err == nil {
		return fmt.Errorf("streams diff sees no difference on an empty bus")
	}
	if _, err := b.site.countersign(ctx, b.user("_operator"), "streams", "apply"); err != nil {
		return err
	}
	_, err := b.site.countersign(ctx, b.user("_operator"), "streams", "diff")
	return err
}

// user is the environment of who connects as a user of the configuration.
func (b *bus) user(name string) []string {
	env := []string{"COUNTERSIGN_NATS_URL=" + b.url, "COUNTERSIGN_NATS_CA_FILE=" + b.site.authority.file}
	if b.keys != "" {
		return append(env, "COUNTERSIGN_NATS_CREDENTIALS_FILE="+b.credentials(name))
	}
	return append(env, "COUNTERSIGN_NATS_USER="+name, "COUNTERSIGN_NATS_PASSWORD_FILE="+filepath.Join(b.site.passwords, name))
}

func (b *bus) credentials(user string) string { return filepath.Join(b.keys, "creds", user+".creds") }
