// Package memcounters keeps budgets' counters in the memory of one process.
package memcounters

import (
	"context"
	"sync"
	"time"

	"countersign/services/notifier/internal/budget"
)

// Counters are budget.Counters. The zero value is empty.
type Counters struct {
	mu    sync.Mutex
	held  map[string]counter
	swept time.Time
}

type counter struct {
	n     int64
	until time.Time
}

var _ budget.Counters = (*Counters)(nil)

// Add implements budget.Counters.
func (c *Counters) Add(ctx context.Context, counts []budget.Count) ([]int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sweep(time.Now())
	sums := make([]int64, len(counts))
	for i, one := range counts {
		now := c.held[one.Key]
		now.n += one.By
		if one.Until.After(now.until) {
			now.until = one.Until
		}
		c.held[one.Key], sums[i] = now, now.n
	}
	return sums, nil
}

// Read implements budget.Counters.
func (c *Counters) Read(ctx context.Context, keys []string) ([]int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sums := make([]int64, len(keys))
	for i, key := range keys {
		sums[i] = c.held[key].n
	}
	return sums, ctx.Err()
}

const sweepEvery = time.Minute

func (c *Counters) sweep(now time.Time) {
	if c.held == nil {
		c.held = map[string]counter{}
	}
	if now.Sub(c.swept) < sweepEvery {
		return
	}
	c.swept = now
	for key, held := range c.held {
		if held.until.Before(now) {
			delete(c.held, key)
		}
	}
}

// Close implements budget.Counters.
func (c *Counters) Close() error { return nil }
