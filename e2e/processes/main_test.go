package processes_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"countersign/e2e/process"
)

// patient is how long one thing may take: what a killed worker held comes again after 30 s.
const patient = 55 * time.Second

var shared *site

func TestMain(m *testing.M) { process.Main(m, open) }

func open(ctx context.Context, dir string) (closes func(int) error, err error) {
	if shared, err = newSite(dir); err != nil {
		return nil, err
	}
	if err := build(ctx, filepath.Join(dir, "bin")); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	return closed, shared.open(ctx)
}

func closed(int) error {
	ctx, cancel := context.WithTimeout(context.Background(), patient)
	defer cancel()
	return shared.close(ctx)
}
