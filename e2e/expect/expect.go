// Package expect ends a test where a platform hears something else than it must.
package expect

import (
	"context"
	"errors"
	"regexp"
	"testing"
	"time"

	"countersign/e2e/stranger"
)

// Code is a code in a mail or a text.
var Code = regexp.MustCompile(`\b[0-9]{6,8}\b`)

// Within bounds one test's waiting.
func Within(t *testing.T, most time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	t.Cleanup(cancel)
	return ctx
}

// Fact wants the answer to say fact.
func Fact(t *testing.T, fact string) func(stranger.Event, error) stranger.Event {
	return func(e stranger.Event, err error) stranger.Event {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if e.Fact() != fact {
			t.Fatalf("got %s, want %s", e, fact)
		}
		return e
	}
}

// Answer wants a question to be answered.
func Answer(t *testing.T) func(stranger.Event, error) stranger.Event {
	return func(e stranger.Event, err error) stranger.Event {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
}

// Refusal wants err to be a question's refusal with the code.
func Refusal(t *testing.T, code string, err error) {
	t.Helper()
	refusal, ok := errors.AsType[*stranger.Refusal](err)
	if !ok || refusal.Code != code {
		t.Fatalf("got %v, want refusal with %s", err, code)
	}
}
