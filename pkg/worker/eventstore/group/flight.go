package group

import (
	"context"
	"fmt"
	"runtime"

	"countersign/pkg/worker/eventstore"
)

// fly writes batch after batch until nothing is ready.
func (g *Group) fly() {
	for batch := g.next(); len(batch) > 0; batch = g.next() {
		g.settle(batch, g.insert(batch))
	}
}

// take takes what fits into one batch; when nothing is ready the flight is over.
func (g *Group) take() []*entry {
	g.mu.Lock()
	defer g.mu.Unlock()
	n, bytes := 0, 0
	for n < len(g.ready) && n < maxCommits && bytes+g.ready[n].size <= maxBytes {
		bytes += g.ready[n].size
		n++
	}
	batch := g.ready[:n:n]
	g.ready = g.ready[n:]
	g.flying = n > 0
	return batch
}

// insert does not use its callers' contexts: one that gives up must not take the others with it.
func (g *Group) insert(batch []*entry) []error {
	ctx, cancel := context.WithTimeout(context.Background(), g.conf.Timeout)
	defer cancel()
	commits := make([]eventstore.Commit, len(batch))
	for i, e := range batch {
		commits[i] = e.commit
	}
	g.conf.Before(commits)
	return g.conf.Insert(ctx, commits)
}

func (g *Group) settle(batch []*entry, results []error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, e := range batch {
		e.result <- results[i]
		g.advance(e, results[i])
	}
}

// advance lets the next in line go, or sends the whole line back when the one before them failed.
func (g *Group) advance(done *entry, failed error) {
	next := done.behind
	for ; failed != nil && next != nil; next = next.behind {
		next.result <- fmt.Errorf("%w: the commit before it failed", eventstore.ErrConflict)
	}
	if next == nil {
		delete(g.lines, done.commit.Stream)
		return
	}
	g.ready = append(g.ready, next)
}

// next first lets those run who are about to append: a transaction costs more than a commit.
func (g *Group) next() []*entry {
	runtime.Gosched()
	return g.take()
}
