package rig

import (
	"context"
	"fmt"
	"os"
)

// Main is what a test's TestMain does whose own binary is started as a worker: that one works, and runs no test. It does not return.
func Main(tests interface{ Run() int }, isWorker bool, work func(context.Context) error) {
	if !isWorker {
		os.Exit(tests.Run())
	}
	if err := work(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}
