// Package contender says what every row of the table must bring: its users' data, a durable consumer of attempts, and a worker.
package contender

import (
	"context"

	"github.com/nats-io/nats.go"

	"countersign/e2e/bench/crowd"
	"countersign/e2e/bench/place"
	"countersign/e2e/bench/rig"
)

// A Contender is one row. Seed, Listen, Challenge and Check run in the process that measures, Run in the worker's own.
type Contender struct {
	Name string
	// Seed writes down that each user has an app. It may fill in what the user's seed and challenge are.
	Seed func(ctx context.Context, at place.Spec, users []crowd.User) error
	// Listen makes the durable consumers.
	Listen func(ctx context.Context, b *rig.Bus) error
	// Challenge has the running worker challenge each user; nil where Seed has done so.
	Challenge func(ctx context.Context, b *rig.Bus, users []crowd.User) error
	// Run starts the worker; what it returns ends it in good order.
	Run func(ctx context.Context, g Ground) (stop func(context.Context) error, err error)
	// Check is an error unless the store says of each user that the one attempt was accepted once.
	Check func(ctx context.Context, at place.Spec, users []crowd.User) error
}

// A Ground is what a worker runs on.
type Ground struct {
	Bus    string // URL
	At     place.Spec
	Sample Sample
}

// A Sample is what one accepted attempt leaves behind, as ours does.
type Sample struct {
	Header nats.Header `json:"header"` // of its result
	Body   []byte      `json:"body"`
	Commit int         `json:"commit"` // bytes
}
