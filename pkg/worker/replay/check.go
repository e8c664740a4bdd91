package replay

import (
	"context"
	"errors"
	"fmt"

	"countersign/pkg/events"
	"countersign/pkg/worker/eventstore"
)

// A Store is what a Check reads.
type Store interface {
	eventstore.Whole
	Policy(ctx context.Context, hash string) ([]byte, error)
}

// A Check is of a whole store, also while workers append to it. It holds one page of commits at a time.
type Check struct {
	Store    Store
	Registry *events.Registry
	Found    func(Finding) // is told of each, as it is found
	Told     func(Count)   // is told after every 10,000 commits of a kind, and after the last
}

// A Count is how far a Check has come with the streams of a kind.
type Count struct {
	Kind     string
	Streams  int
	Commits  int
	Findings int
	Done     bool
}

const tellEvery = 10_000

// Run reads every stream of every kind. Its error says why it could not; a finding is none.
func (c Check) Run(ctx context.Context) error {
	r := reader{Check: c, policies: map[string]bool{}}
	for _, kind := range Kinds() {
		if err := r.kind(ctx, kind); err != nil {
			return fmt.Errorf("check streams of kind %s: %w", kind, err)
		}
	}
	return nil
}

// A reader reads streams one after the other.
type reader struct {
	Check
	policies map[string]bool // that were looked for
	count    Count
	stream   eventstore.Stream
	walk     Walk // nil: nothing more can be said of the stream
}

func (r *reader) kind(ctx context.Context, kind string) error {
	r.count, r.stream = Count{Kind: kind}, eventstore.Stream{}
	for c, err := range r.Store.All(ctx, kind) {
		if err != nil {
			return err
		}
		if err := r.commit(ctx, c); err != nil {
			return err
		}
		if r.count.Commits%tellEvery == 0 {
			r.Told(r.count)
		}
	}
	r.count.Done = true
	r.Told(r.count)
	return nil
}

func (r *reader) commit(ctx context.Context, c eventstore.Commit) (err error) {
	if c.Stream != r.stream {
		r.stream = c.Stream
		r.count.Streams++
		if r.walk, err = Begin(c.Stream.Kind, r.Registry); err != nil {
			return err
		}
	}
	r.count.Commits++
	if r.walk != nil {
		r.step(c)
	}
	return r.policy(ctx, c)
}

// step goes on behind a state that differs. Behind anything else nothing can be said.
func (r *reader) step(c eventstore.Commit) {
	err := r.walk.Step(c)
	if err == nil {
		return
	}
	r.find(c, err)
	if _, ok := errors.AsType[*Differs](err); !ok {
		r.walk = nil
	}
}

// policy looks once for each: the first commit that names one which is not kept stands for all.
func (r *reader) policy(ctx context.Context, c eventstore.Commit) error {
	if c.Policy == "" || r.policies[c.Policy] {
		return nil
	}
	r.policies[c.Policy] = true
	_, err := r.Store.Policy(ctx, c.Policy)
	if errors.Is(err, eventstore.ErrNoPolicy) {
		r.find(c, err)
		return nil
	}
	return err
}

func (r *reader) find(c eventstore.Commit, why error) {
	r.count.Findings++
	r.Found(Finding{Stream: c.Stream, Version: c.Version, Why: why})
}
