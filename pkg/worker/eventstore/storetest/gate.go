package storetest

import (
	"context"
	"sync"

	"countersign/pkg/worker/eventstore"
)

// A batchGate holds the first batch of a store until it is released, so that a test decides what is in flight together.
type batchGate struct {
	held    chan struct{} // closed when the first batch is held
	release chan struct{} // closed by the test

	mu      sync.Mutex
	batches []int
}

func gate() *batchGate {
	return &batchGate{held: make(chan struct{}), release: make(chan struct{})}
}

func (g *batchGate) hold(batch []eventstore.Commit) {
	g.mu.Lock()
	g.batches = append(g.batches, len(batch))
	first := len(g.batches) == 1
	g.mu.Unlock()
	if first {
		close(g.held)
		<-g.release
	}
}

func (g *batchGate) sizes() []int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.batches
}

// start appends in the background and returns when the append waits for its result, which is when it first asks whether its
// context is done.
func (g *batchGate) start(ctx context.Context, s eventstore.Store, c eventstore.Commit) <-chan error {
	w := &watched{Context: ctx, waits: make(chan struct{})}
	result := make(chan error, 1)
	go func() { result <- s.Append(w, c) }()
	<-w.waits
	return result
}

type watched struct {
	context.Context
	waits chan struct{}
	once  sync.Once
}

func (w *watched) Done() <-chan struct{} {
	w.once.Do(func() { close(w.waits) })
	return w.Context.Done()
}
