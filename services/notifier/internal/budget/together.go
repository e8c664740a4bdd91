package budget

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Together makes one addition of all that are in flight at once: a counter that every text is counted in is written once for many of them.
func Together(to Counters) Counters { return &together{Counters: to} }

const (
	maxTogether = 1000 // counts of one addition
	addTime     = 5 * time.Second
)

type together struct {
	Counters

	mu      sync.Mutex
	waiting []*addition
	flying  bool
	flight  sync.WaitGroup
}

type addition struct {
	counts []Count
	result chan sum // holds one, so that nobody waits for a caller that gave up
}

type sum struct {
	counts []int64
	err    error
}

// Add waits for its turn. A caller that gives up harms nobody: what it added may be added all the same.
func (t *together) Add(ctx context.Context, counts []Count) ([]int64, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("count: %w", err)
	}
	a := &addition{counts: counts, result: make(chan sum, 1)}
	t.mu.Lock()
	t.waiting = append(t.waiting, a)
	if !t.flying {
		t.flying = true
		t.flight.Go(t.fly)
	}
	t.mu.Unlock()
	select {
	case s := <-a.result:
		return s.counts, s.err
	case <-ctx.Done():
		return nil, fmt.Errorf("count: gave up, outcome unknown: %w", ctx.Err())
	}
}

// Close waits for what is in flight.
func (t *together) Close() error {
	t.flight.Wait()
	return t.Counters.Close()
}

func (t *together) fly() {
	for batch := t.take(); len(batch) > 0; batch = t.take() {
		t.settle(batch)
	}
}

func (t *together) take() []*addition {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, counts := 0, 0
	for n < len(t.waiting) && (n == 0 || counts+len(t.waiting[n].counts) <= maxTogether) {
		counts += len(t.waiting[n].counts)
		n++
	}
	batch := t.waiting[:n:n]
	t.waiting = t.waiting[n:]
	t.flying = n > 0
	return batch
}

// settle adds up what is of one key. Of the sum that comes back each gets its own part, in the order of arrival.
func (t *together) settle(batch []*addition) {
	at, all := map[string]int{}, []Count{}
	for _, a := range batch {
		for _, c := range a.counts {
			i, known := at[c.Key]
			if !known {
				i = len(all)
				at[c.Key], all = i, append(all, Count{Key: c.Key, Until: c.Until})
			}
			all[i].By += c.By
			if c.Until.After(all[i].Until) {
				all[i].Until = c.Until
			}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), addTime) // one caller's end is not the others'
	defer cancel()
	sums, err := t.Counters.Add(ctx, all)
	for i := range sums {
		sums[i] -= all[i].By
	}
	for _, a := range batch {
		a.result <- share(a, at, sums, err)
	}
}

func share(a *addition, at map[string]int, sums []int64, err error) sum {
	if err != nil {
		return sum{err: err}
	}
	own := make([]int64, len(a.counts))
	for i, c := range a.counts {
		sums[at[c.Key]] += c.By
		own[i] = sums[at[c.Key]]
	}
	return sum{counts: own}
}
