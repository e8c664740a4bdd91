package faults_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"countersign/e2e/process"
)

var (
	shared *site
	inbox  *mail // of the site
)

func TestMain(m *testing.M) { process.Main(m, open) }

func open(ctx context.Context, dir string) (closes func(int) error, err error) {
	if err := build(ctx, filepath.Join(dir, "bin")); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	shared, err = openSite(ctx, dir)
	inbox = shared.mail
	return closed, err
}

func closed(int) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return shared.close(ctx)
}
