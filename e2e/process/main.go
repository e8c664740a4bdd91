package process

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Main runs the tests of a package around what they share, in a folder that is gone afterwards: open makes it, and returns what closes it,
// also where it fails halfway. close is told how the tests ended; its error fails them.
func Main(tests interface{ Run() int }, open func(ctx context.Context, dir string) (close func(code int) error, err error)) {
	code, err := around(tests, open)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func around(tests interface{ Run() int }, open func(context.Context, string) (func(int) error, error)) (code int, err error) {
	dir, err := os.MkdirTemp("", "countersign-tests-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	closes, err := open(context.Background(), dir)
	if closes != nil {
		defer func() { err = errors.Join(err, closes(code)) }()
	}
	if err != nil {
		return 1, err
	}
	return tests.Run(), nil
}
