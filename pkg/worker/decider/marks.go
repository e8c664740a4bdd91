package decider

import (
	"context"
	"fmt"
	"sync"
	"time"

	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/failpoint"
)

const (
	markEvery = 100 * time.Millisecond // how long marks gather before they are written together
	markAhead = 8192                   // marks that may wait; more block the publisher
	markLimit = 10 * time.Second       // for one write
)

// marks notes which commits the bus has confirmed and which timers have done their work, and writes both in bulk. A mark that is lost costs
// one publishing more, which the bus and every consumer take for the repeat that it is.
type marks struct {
	store eventstore.Store
	room  chan struct{} // holds one for each mark that waits
	mu    sync.Mutex
	fresh map[eventstore.Stream]uint64 // published, mark not yet written

	// What waits to be written.
	waiting []eventstore.Mark
	spent   []eventstore.Fired
}

func newMarks(store eventstore.Store) *marks {
	return &marks{store: store, room: make(chan struct{}, markAhead), fresh: map[eventstore.Stream]uint64{}}
}

func (m *marks) published(ctx context.Context, mark eventstore.Mark) error {
	return m.enqueue(ctx, func() {
		m.fresh[mark.Stream] = max(m.fresh[mark.Stream], mark.Version)
		m.waiting = append(m.waiting, mark)
	})
}

func (m *marks) fired(ctx context.Context, f eventstore.Fired) error {
	return m.enqueue(ctx, func() { m.spent = append(m.spent, f) })
}

func (m *marks) enqueue(ctx context.Context, add func()) error {
	select {
	case m.room <- struct{}{}:
	case <-ctx.Done():
		return fmt.Errorf("queue mark: %w", ctx.Err())
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	add()
	return nil
}

// has reports whether version was published here a moment ago.
func (m *marks) has(s eventstore.Stream, version uint64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.fresh[s] >= version
}

func (m *marks) run(ctx context.Context) error {
	tick := time.NewTicker(markEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			m.write() // an error leaves the commits pending: the Sweeper sees to them
		case <-ctx.Done():
			return m.write()
		}
	}
}

// write takes what has gathered. It outlives the context that ends run: the last marks are written, too.
func (m *marks) write() error {
	published, fired := m.take()
	ctx, cancel := context.WithTimeout(context.Background(), markLimit)
	defer cancel()
	var err error
	if len(published) > 0 {
		failpoint.At(failpoint.Marking)
		err = m.store.MarkPublished(ctx, published)
		failpoint.At(failpoint.Marked)
		m.forget(published)
	}
	if len(fired) > 0 && err == nil {
		err = m.store.MarkFired(ctx, fired)
	}
	if err != nil {
		return fmt.Errorf("write marks: %w", err)
	}
	return nil
}

func (m *marks) take() (published []eventstore.Mark, fired []eventstore.Fired) {
	m.mu.Lock()
	published, fired = m.waiting, m.spent
	m.waiting, m.spent = nil, nil
	m.mu.Unlock()
	for range len(published) + len(fired) {
		<-m.room
	}
	raise(published)
	return published, fired
}

// raise gives all that published anything the highest number of them: a store writes at once what has the same. After a loss of the bus some are
// published again that it still has.
func raise(published []eventstore.Mark) {
	var top uint64
	for _, p := range published {
		top = max(top, p.BusSequence)
	}
	for i := range published {
		if published[i].BusSequence > 0 {
			published[i].BusSequence = top
		}
	}
}

func (m *marks) forget(published []eventstore.Mark) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range published {
		if m.fresh[p.Stream] <= p.Version {
			delete(m.fresh, p.Stream)
		}
	}
}
