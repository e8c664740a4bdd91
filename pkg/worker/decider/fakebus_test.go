package decider_test

import (
	"context"
	"errors"
	"sync"

	"countersign/pkg/worker/bus"
)

var errBusDown = errors.New("bus is down")

// fakeBus keeps what is published, as a bus with an endless duplicate window does, and can be down.
type fakeBus struct {
	mu        sync.Mutex
	down      bool
	seen      map[string]uint64
	last      uint64
	out       []bus.Outgoing // each message id once
	scheduled map[string]bus.Scheduled
}

func newFakeBus() *fakeBus {
	return &fakeBus{seen: map[string]uint64{}, scheduled: map[string]bus.Scheduled{}}
}

func (b *fakeBus) Publish(_ context.Context, out []bus.Outgoing) ([]uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return nil, errBusDown
	}
	var sequences []uint64
	for _, m := range out {
		if _, ok := b.seen[m.MsgID]; !ok {
			b.last++
			b.seen[m.MsgID] = b.last
			b.out = append(b.out, m)
		}
		sequences = append(sequences, b.seen[m.MsgID])
	}
	return sequences, nil
}

func (b *fakeBus) Schedule(_ context.Context, s bus.Scheduled) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return errBusDown
	}
	b.scheduled[s.ID] = s
	return nil
}

func (b *fakeBus) LastSequence(context.Context) (uint64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return 0, errBusDown
	}
	return b.last, nil
}

func (b *fakeBus) setDown(down bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = down
}

// restore is a bus that came back from a backup made when it was empty.
func (b *fakeBus) restore() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen, b.out, b.last = map[string]uint64{}, nil, 0
}

func (b *fakeBus) published() []bus.Outgoing {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]bus.Outgoing(nil), b.out...)
}
