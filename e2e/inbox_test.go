package e2e_test

import (
	"context"
	"regexp"
	"testing"

	"countersign/e2e/expect"
	"countersign/e2e/process"
)

// codeFor waits for the first code that is sent to an address after its first letters.
func codeFor(ctx context.Context, t *testing.T, on *process.Process, to string, former int) string {
	t.Helper()
	return letterFor(ctx, t, on, to, former, expect.Code)
}

// letterFor waits for the first text of a kind in what is sent to an address after its first letters.
func letterFor(ctx context.Context, t *testing.T, on *process.Process, to string, former int, kind *regexp.Regexp) string {
	t.Helper()
	found, _, err := on.Await(ctx, to, former, kind)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// inbox is what came to an address, oldest first.
func inbox(ctx context.Context, t *testing.T, on *process.Process, to string) []process.Letter {
	t.Helper()
	all, err := on.Letters(ctx, to)
	if err != nil {
		t.Fatal(err)
	}
	return all
}
