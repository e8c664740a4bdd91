package faults_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"countersign/e2e/process"
)

var shared *site

func TestMain(m *testing.M) { process.Main(m, open) }

func open(ctx context.Context, dir string) (closes func(int) error, err error) {
	bin := filepath.Join(dir, "bin")
	if err := build(ctx, bin); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if shared, err = openSite(ctx, plan{bin: bin}, dir); shared == nil {
		return nil, err
	}
	return closed, err
}

func closed(int) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return shared.close(ctx)
}
