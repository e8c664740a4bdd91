// Package gather asks once for what many ask for at the same time.
//
// A batch goes out as soon as no other is on its way; what is asked meanwhile makes the next one, so that a lone question waits for nobody and
// many share one round trip. What it promises:
//
//   - An answer is read after its question was asked: nobody is answered by a read that began before.
//   - A caller that gives up takes nobody with it.
package gather

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// A Result answers one question.
type Result[V any] struct {
	Value V
	Err   error
}

// Config is what a Gather is made of.
type Config[K, V any] struct {
	// Read answers questions, at most Most, in order: a result for each.
	Read    func(ctx context.Context, questions []K) []Result[V]
	Most    int           // 0: 256
	Timeout time.Duration // of one Read; 0: 10 s
}

const (
	defaultMost    = 256
	defaultTimeout = 10 * time.Second
)

// A Gather gathers questions. It runs a goroutine only while there is something to ask.
type Gather[K, V any] struct {
	conf Config[K, V]

	mu      sync.Mutex
	waiting []waiting[K, V]
	flying  bool
	flight  sync.WaitGroup
}

type waiting[K, V any] struct {
	question K
	answer   chan Result[V] // holds one, so that nobody waits for a caller that gave up
}

// New makes a Gather.
func New[K, V any](c Config[K, V]) *Gather[K, V] {
	if c.Most == 0 {
		c.Most = defaultMost
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	return &Gather[K, V]{conf: c}
}

// Ask asks with others and returns the question's own answer.
func (g *Gather[K, V]) Ask(ctx context.Context, question K) (V, error) {
	w := waiting[K, V]{question, make(chan Result[V], 1)}
	g.join(w)
	select {
	case r := <-w.answer:
		return r.Value, r.Err
	case <-ctx.Done():
		var none V
		return none, fmt.Errorf("gave up: %w", ctx.Err())
	}
}

// Wait returns when everything that was asked is answered; nothing may be asked any more.
func (g *Gather[K, V]) Wait() { g.flight.Wait() }

func (g *Gather[K, V]) join(w waiting[K, V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.waiting = append(g.waiting, w)
	if !g.flying {
		g.flying = true
		g.flight.Go(g.fly)
	}
}

// fly reads batch after batch until nobody waits.
func (g *Gather[K, V]) fly() {
	for batch := g.next(); len(batch) > 0; batch = g.next() {
		for i, r := range g.read(batch) {
			batch[i].answer <- r
		}
	}
}

func (g *Gather[K, V]) take() []waiting[K, V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	n := min(len(g.waiting), g.conf.Most)
	batch := g.waiting[:n:n]
	g.waiting = g.waiting[n:]
	g.flying = n > 0
	return batch
}

// read does not use its callers' contexts: one that gives up must not take the others with it.
func (g *Gather[K, V]) read(batch []waiting[K, V]) []Result[V] {
	ctx, cancel := context.WithTimeout(context.Background(), g.conf.Timeout)
	defer cancel()
	questions := make([]K, len(batch))
	for i, w := range batch {
		questions[i] = w.question
	}
	return g.conf.Read(ctx, questions)
}

// Failed answers n questions with one error.
func Failed[V any](n int, err error) []Result[V] {
	all := make([]Result[V], n)
	for i := range all {
		all[i].Err = err
	}
	return all
}

// next first lets those run who are about to ask: a read costs more than a question.
func (g *Gather[K, V]) next() []waiting[K, V] {
	runtime.Gosched()
	return g.take()
}
