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
	"slices"
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
	waiting []*batch[K, V] // in order; the last one takes more
	flying  bool
	flight  sync.WaitGroup
}

// A batch is read at once.
type batch[K, V any] struct {
	questions []K
	results   []Result[V]
	answered  chan struct{} // closed once results are there
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
	return g.Begin(question).Wait(ctx)
}

// An Asked question is on its way.
type Asked[K, V any] struct {
	of    *batch[K, V]
	place int
}

// Begin asks with others and waits for nothing: whoever asks can do something else meanwhile, and need not come back for the answer.
func (g *Gather[K, V]) Begin(question K) Asked[K, V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	last := len(g.waiting) - 1
	if last < 0 || len(g.waiting[last].questions) == g.conf.Most {
		g.waiting = append(g.waiting, &batch[K, V]{answered: make(chan struct{})})
		last++
	}
	b := g.waiting[last]
	b.questions = append(b.questions, question)
	if !g.flying {
		g.flying = true
		g.flight.Go(g.fly)
	}
	return Asked[K, V]{b, len(b.questions) - 1}
}

// Wait returns the question's own answer.
func (a Asked[K, V]) Wait(ctx context.Context) (V, error) {
	select {
	case <-a.of.answered:
		r := a.of.results[a.place]
		return r.Value, r.Err
	case <-ctx.Done():
		var none V
		return none, fmt.Errorf("gave up: %w", ctx.Err())
	}
}

// Wait returns when everything that was asked is answered; nothing may be asked any more.
func (g *Gather[K, V]) Wait() { g.flight.Wait() }

// fly reads batch after batch until nobody waits.
func (g *Gather[K, V]) fly() {
	for b := g.next(); b != nil; b = g.next() {
		b.results = g.read(b.questions)
		close(b.answered)
	}
}

// next first lets those run who are about to ask: a read costs more than a question.
func (g *Gather[K, V]) next() *batch[K, V] {
	runtime.Gosched()
	return g.take()
}

func (g *Gather[K, V]) take() *batch[K, V] {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.flying = len(g.waiting) > 0
	if !g.flying {
		return nil
	}
	first := g.waiting[0]
	g.waiting = slices.Delete(g.waiting, 0, 1)
	return first
}

// read does not use its callers' contexts: one that gives up must not take the others with it.
func (g *Gather[K, V]) read(questions []K) []Result[V] {
	ctx, cancel := context.WithTimeout(context.Background(), g.conf.Timeout)
	defer cancel()
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
