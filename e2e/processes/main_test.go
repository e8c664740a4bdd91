package processes_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// patient is how long one thing may take: what a killed worker held comes again after 30 s.
const patient = 55 * time.Second

var shared *site

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "countersign-processes-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ctx := context.Background()
	if shared, err = newSite(dir); err != nil {
		return 1, err
	}
	if err := build(ctx, filepath.Join(dir, "bin")); err != nil {
		return 1, err
	}
	defer func() {
		closing, cancel := context.WithTimeout(ctx, patient)
		defer cancel()
		err = errors.Join(err, shared.close(closing))
	}()
	opening, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	if err := shared.open(opening); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// within bounds one test's waiting.
func within(t *testing.T, most time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	t.Cleanup(cancel)
	return ctx
}
