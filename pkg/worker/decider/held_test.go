package decider_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"countersign/pkg/worker/eventstore"
)

// A countingStore counts reads of heads.
type countingStore struct {
	eventstore.Store
	heads  atomic.Int64
	before func() error // an append
}

func (s *countingStore) Head(ctx context.Context, stream eventstore.Stream) (eventstore.Commit, error) {
	s.heads.Add(1)
	return s.Store.Head(ctx, stream)
}

func (s *countingStore) Append(ctx context.Context, c eventstore.Commit) error {
	if s.before != nil {
		if err := s.before(); err != nil {
			return err
		}
	}
	return s.Store.Append(ctx, c)
}

// holding is a worker whose reads are counted, and another one of its streams, each with what it holds.
func holding(t *testing.T) (w, other *worker, counted *countingStore) {
	w = newWorker(t)
	other = &worker{t: t, store: w.store, bus: w.bus, now: noon, registry: w.registry}
	other.assemble()
	counted = &countingStore{Store: w.store}
	w.store = counted
	w.assemble()
	return w, other, counted
}

func TestWhatIsHeldIsNotReadAgain(t *testing.T) {
	w, _, store := holding(t)
	for i, id := range []string{"e1", "e2", "e3"} {
		w.deliver(ask(id, i+1))
	}
	if n := store.heads.Load(); n != 1 || w.versions() != 3 || w.sum() != 6 {
		t.Errorf("%d heads were read for %d commits of sum %d, want 1 for 3 of 6", n, w.versions(), w.sum())
	}
}

func TestWhatAnotherWorkerAppendedIsReadBeforeADecisionCounts(t *testing.T) {
	w, other, _ := holding(t)
	w.deliver(ask("e1", 90))
	other.deliver(ask("e2", 5))
	w.deliver(ask("e3", 8)) // held is 90: 98 would pass, 103 does not
	if r := w.rejection(2); r.Cause != "e3" || w.sum() != 95 || w.versions() != 3 {
		t.Errorf("rejected %+v, sum %d after %d commits, want e3, 95 after 3", r, w.sum(), w.versions())
	}
}

func TestADecisionThatAppendsNothingIsMadeOnWhatIsRead(t *testing.T) {
	w, other, store := holding(t)
	w.deliver(ask("e1", 7))
	other.deliver(ask("e2", 5))
	w.uncommitted = true
	read := store.heads.Load()
	w.deliver(ask("e3", 1))
	if store.heads.Load() != read+1 {
		t.Error("the head was not read")
	}
	if heard := w.heard(); string(heard[2].Data) == string(heard[0].Data) || w.versions() != 2 {
		t.Errorf("heard %s after %d commits", heard[2].Data, w.versions())
	}
}

func TestNothingIsHeldAfterAnError(t *testing.T) {
	w, _, store := holding(t)
	w.deliver(ask("e1", 7))
	lost := errors.New("the store is away")
	store.before = func() error { return lost }
	if err := w.receive(t.Context(), ask("e2", 1)); !errors.Is(err, lost) {
		t.Fatalf("handled with %v", err)
	}
	store.before = nil
	read := store.heads.Load()
	w.bus.setDown(true)
	if err := w.receive(t.Context(), ask("e3", 1)); !errors.Is(err, errBusDown) {
		t.Fatalf("handled with %v", err)
	}
	w.bus.setDown(false)
	w.deliver(ask("e4", 1)) // reads and publishes what e3 left
	if n := store.heads.Load() - read; n != 2 || len(w.heard()) != 3 {
		t.Errorf("%d heads were read and %d events heard, want 2 and 3", n, len(w.heard()))
	}
}
