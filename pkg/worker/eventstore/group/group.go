// Package group makes bulk inserts of the appends that are in flight together.
//
// A batch goes out as soon as no other is on its way; what arrives meanwhile makes the next one, so that a lone append waits for nobody
// and many share one round trip and one flush to disk. What it promises:
//
//   - At most one commit of a stream is in flight. A later one waits, and when the former fails it fails with
//     eventstore.ErrConflict without being written: it was decided on a state that never came to be.
//   - Every commit has a result of its own. A caller that gives up harms nobody; whether its commit was written is unknown.
//   - A commit that no store takes never joins a batch.
package group

import (
	"context"
	"fmt"
	"sync"
	"time"

	"countersign/pkg/worker/eventstore"
)

// Config is what a Group is made of.
type Config struct {
	// Insert writes commits of different streams, at most 256 and 8 MiB, and returns one result for each, in order: nil,
	// eventstore.ErrConflict, eventstore.ErrCauseSeen, or another error where the outcome is unknown.
	Insert func(ctx context.Context, batch []eventstore.Commit) []error
	// Timeout bounds one Insert; 0 means 10 s.
	Timeout time.Duration
	// Before sees every batch before it is written; nil for none. Metrics count with it, tests hold a batch with it.
	Before func(batch []eventstore.Commit)
}

const (
	maxCommits     = 256
	maxBytes       = 8 << 20
	defaultTimeout = 10 * time.Second
)

// A Group gathers appends. It runs a goroutine only while there is something to write.
type Group struct {
	conf Config

	mu     sync.Mutex
	lines  map[eventstore.Stream]*entry // the last of each; the first is ready or in flight
	ready  []*entry                     // the firsts that are not in flight, in order of arrival
	flying bool
	closed bool
	flight sync.WaitGroup
}

type entry struct {
	commit eventstore.Commit
	size   int
	result chan error // holds one, so that nobody waits for a caller that gave up
	behind *entry     // the next of the stream
}

// New makes a Group.
func New(c Config) *Group {
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.Before == nil {
		c.Before = func([]eventstore.Commit) {}
	}
	return &Group{conf: c, lines: map[eventstore.Stream]*entry{}}
}

// Append writes c with others and returns its own result, as eventstore.Store says.
func (g *Group) Append(ctx context.Context, c eventstore.Commit) error {
	if err := g.append(ctx, c); err != nil {
		return fmt.Errorf("append version %d to stream %s: %w", c.Version, c.Stream, err)
	}
	return nil
}

func (g *Group) append(ctx context.Context, c eventstore.Commit) error {
	if err := c.Check(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	e := &entry{commit: c, size: c.Size(), result: make(chan error, 1)}
	if err := g.join(e); err != nil {
		return err
	}
	select {
	case err := <-e.result:
		return err
	case <-ctx.Done():
		return fmt.Errorf("gave up, outcome unknown: %w", ctx.Err())
	}
}

// Close waits until everything that was appended has its result, and refuses what comes later with eventstore.ErrClosed.
func (g *Group) Close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.flight.Wait()
}

func (g *Group) join(e *entry) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return eventstore.ErrClosed
	}
	if last, ok := g.lines[e.commit.Stream]; ok {
		last.behind = e
	} else {
		g.ready = append(g.ready, e)
	}
	g.lines[e.commit.Stream] = e
	if !g.flying {
		g.flying = true
		g.flight.Go(g.fly)
	}
	return nil
}
