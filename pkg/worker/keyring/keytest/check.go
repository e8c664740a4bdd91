package keytest

import (
	"errors"
	"reflect"
	"testing"

	"countersign/pkg/worker/keyring"
)

// got gives what a call returned, once it is told the test: got(call())(t).
func got[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		fine(t, err)
		return value
	}
}

func fine(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func same[T any](t *testing.T, want, got T) {
	t.Helper()
	if !reflect.DeepEqual(want, got) {
		t.Errorf("\n want %v\n  got %v", want, got)
	}
}

func absent(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, keyring.ErrNoKeyring) {
		t.Errorf("want ErrNoKeyring, got %v", err)
	}
}
