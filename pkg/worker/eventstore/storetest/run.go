// Package storetest is what every event store must pass: call Run from the store's own tests, and Benchmark from its benchmarks.
package storetest

import (
	"testing"

	"countersign/pkg/worker/eventstore"
)

// A Place is where commits are kept. Its stores work on the same commits, as those of several processes do.
type Place interface {
	// Open opens one more store, which appends to Kind; before sees every batch before it is written, and may be nil. The test closes it.
	Open(t testing.TB, before func([]eventstore.Commit)) eventstore.Store
	// Fill writes commits of one stream at once and without a check: long histories, and broken ones.
	Fill(t testing.TB, commits []eventstore.Commit)
}

// Kind and OtherKind are the kinds of stream that the tests use.
const (
	Kind      = "guard"
	OtherKind = "recovery"
)

// Run runs the suite; place makes an empty Place that goes away with its test.
func Run(t *testing.T, place func(testing.TB) Place) {
	for _, group := range [][]scenario{appending, racing, batching, loading, ending, reading, folding, publishing, timing, waiting, crashing} {
		for _, sc := range group {
			t.Run(sc.name, func(t *testing.T) {
				t.Parallel()
				sc.run(t, place(t))
			})
		}
	}
}

type scenario struct {
	name string
	run  func(*testing.T, Place)
}
