package e2e_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"countersign/e2e/process"
	"countersign/e2e/program"
)

const (
	source  = "../cmd/countersign"
	patient = 30 * time.Second // for one thing to happen, on a busy machine
)

// platforms is a policy file with other platforms beside acme.
const platforms = `platforms:
  acme:
    brand: Acme
    factors: [totp, email, sms]
    require_sealed: false
  beta:
    brand: Beta
    factors: [totp, email, sms]
    require_sealed: true
  gamma:
    require_sealed: false
`

var (
	binaries string           // folder of what was built
	shared   *process.Process // for tests that neither stop nor kill it
)

// The binary as it is tested, and as people run it: the same where there is no race detector.
var (
	tested = sync.OnceValues(func() (string, error) { return process.Build(context.Background(), source, binaries, program.Race) })
	plain  = sync.OnceValues(func() (string, error) {
		if !program.Race {
			return tested()
		}
		return process.Build(context.Background(), source, binaries, false)
	})
)

func TestMain(m *testing.M) { process.Main(m, open) }

func open(ctx context.Context, dir string) (func(code int) error, error) {
	binaries = dir
	binary, err := tested()
	if err != nil {
		return nil, err
	}
	data, err := folderWith(filepath.Join(dir, "data"), platforms)
	if err != nil {
		return nil, err
	}
	if shared, err = process.Start(ctx, process.Config{Binary: binary, Data: data}); err != nil {
		return nil, err
	}
	return stopped, nil
}

// stopped holds the shared process to a clean end, whatever the tests did to it, and what it has kept to its events.
func stopped(code int) error {
	defer func() { _ = shared.Kill() }()
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	ended, err := shared.Stop(ctx)
	if err != nil {
		return err
	}
	if ended != 0 {
		return fmt.Errorf("the shared process ended with code %d:\n%s", ended, shared.Output())
	}
	if code != 0 {
		fmt.Fprintf(os.Stderr, "the shared process said:\n%s\n", shared.Output())
	}
	return shared.CheckCommits(ctx)
}

// folderWith makes a data folder in which a policy file waits.
func folderWith(path, policy string) (string, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return "", err
	}
	return path, os.WriteFile(filepath.Join(path, "policy.yaml"), []byte(policy), 0o600)
}
