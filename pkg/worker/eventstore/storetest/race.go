package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"countersign/pkg/worker/eventstore"
)

var racing = []scenario{
	{"of many that race for one version exactly one wins", func(t *testing.T, p Place) {
		const racers, rounds = 8, 5
		stores := []eventstore.Store{open(t, p), open(t, p)}
		for round := range uint64(rounds) {
			results := atOnce(racers, func(i int) error {
				return stores[i%2].Append(t.Context(), rival("a", round+1, fmt.Sprint(i)))
			})
			wantEqual(t, "winners", count(results, nil), 1)
			wantEqual(t, "told of the conflict", count(results, eventstore.ErrConflict), racers-1)
		}
		versions, err := replay(t, stores[0], stream("a"), 1)
		noError(t, err)
		wantEqual(t, "history", versions, []uint64{1, 2, 3, 4, 5})
	}},
	{"of many that bring one cause exactly one is written", func(t *testing.T, p Place) {
		const racers = 8
		stores := []eventstore.Store{open(t, p), open(t, p)}
		results := atOnce(racers, func(i int) error {
			c := commit("a", uint64(i)+1)
			c.Cause = cause("same")
			return stores[i%2].Append(t.Context(), c)
		})
		wantEqual(t, "winners", count(results, nil), 1)
		_, err := stores[0].ByCause(t.Context(), stream("a"), cause("same"))
		noError(t, err)
	}},
	{"a commit that is queued behind one that fails is not written", func(t *testing.T, p Place) {
		for name, first := range map[string]eventstore.Commit{"conflict": rival("a", 2, "late"), "cause": recaused("a", 3, 2)} {
			t.Run(name, func(t *testing.T) { queuedBehind(t, p, first) })
		}
	}},
	{"commits of one batch have results of their own", func(t *testing.T, p Place) {
		g := gate()
		s := p.Open(t, g.hold)
		defer func() { noError(t, s.Close()) }()
		p.Fill(t, history("taken", 2))
		p.Fill(t, history("seen", 2))
		first := g.start(t.Context(), s, commit("first", 1))
		<-g.held
		before, taken := g.start(t.Context(), s, commit("before", 1)), g.start(t.Context(), s, rival("taken", 2, "x"))
		between, seen := g.start(t.Context(), s, commit("between", 1)), g.start(t.Context(), s, recaused("seen", 3, 1))
		after := g.start(t.Context(), s, commit("after", 1))
		close(g.release)
		wantError(t, <-taken, eventstore.ErrConflict)
		wantError(t, <-seen, eventstore.ErrCauseSeen)
		for user, result := range map[string]<-chan error{"first": first, "before": before, "between": between, "after": after} {
			noError(t, <-result)
			wantEqual(t, "head of "+user, head(t, s, stream(user)), commit(user, 1))
		}
		wantEqual(t, "batches", g.sizes(), []int{1, 5})
	}},
	{"a caller that gives up harms nobody", func(t *testing.T, p Place) {
		g := gate()
		s := p.Open(t, g.hold)
		defer func() { noError(t, s.Close()) }()
		first := g.start(t.Context(), s, commit("first", 1))
		<-g.held
		ctx, cancel := context.WithCancel(t.Context())
		gone, other := g.start(ctx, s, commit("gone", 1)), g.start(t.Context(), s, commit("other", 1))
		cancel()
		wantError(t, <-gone, context.Canceled)
		close(g.release)
		noError(t, <-first)
		noError(t, <-other)
		wantError(t, s.Append(ctx, commit("late", 1)), context.Canceled)
		_, err := s.Head(t.Context(), stream("late"))
		wantError(t, err, eventstore.ErrNoStream)
		for name, err := range cancelled(ctx, s) {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s with a cancelled context: %v", name, err)
			}
		}
	}},
	{"many callers on many streams lose nothing", func(t *testing.T, p Place) {
		const callers, each = 24, 12
		stores := []eventstore.Store{open(t, p), open(t, p), open(t, p)}
		noError(t, errors.Join(atOnce(callers, func(i int) error {
			return live(t.Context(), stores[i%3], fmt.Sprint("user", i), each)
		})...))
		for i := range callers {
			versions, err := replay(t, stores[0], stream(fmt.Sprint("user", i)), 1)
			noError(t, err)
			wantEqual(t, "length of a history", len(versions), each)
		}
	}},
	{"a place may be opened by several at once", func(t *testing.T, p Place) {
		noError(t, errors.Join(atOnce(6, func(i int) error {
			s := p.Open(t, nil)
			return errors.Join(s.Append(t.Context(), commit(fmt.Sprint("user", i), 1)), s.Close())
		})...))
	}},
}

// queuedBehind appends first, and while that is in flight the version after it, and expects that neither is written.
func queuedBehind(t *testing.T, p Place, first eventstore.Commit) {
	user := "queue-" + first.Cause.ID
	first.Stream = stream(user)
	g := gate()
	s := p.Open(t, g.hold)
	defer func() { noError(t, s.Close()) }()
	h := history("a", 2)
	for i := range h {
		h[i].Stream = first.Stream
	}
	p.Fill(t, h)
	failing := g.start(t.Context(), s, first)
	<-g.held
	next := commit("a", first.Version+1)
	next.Stream = first.Stream
	queued := g.start(t.Context(), s, next)
	close(g.release)
	if err := <-failing; err == nil {
		t.Fatal("the first was written")
	}
	wantError(t, <-queued, eventstore.ErrConflict)
	wantEqual(t, "head", head(t, s, first.Stream).Version, 2)
}

// recaused is a version that answers the cause of another.
func recaused(user string, version, of uint64) eventstore.Commit {
	c := commit(user, version)
	c.Cause = commit(user, of).Cause
	return c
}

// live is what a worker does with one stream: load, append, publish and mark, again and again.
func live(ctx context.Context, s eventstore.Store, user string, times uint64) error {
	for v := uint64(1); v <= times; v++ {
		l, err := eventstore.Load(ctx, s, stream(user), fold(1, 1))
		if err != nil {
			return err
		}
		c, err := eventstore.Next(l, fold(1, 1), commit(user, v))
		if err != nil {
			return err
		}
		if c.Version != v {
			return fmt.Errorf("%s: loaded version %d after %d appends", user, l.Version, v-1)
		}
		if err := s.Append(ctx, c); err != nil {
			return err
		}
		if err := s.MarkPublished(ctx, []eventstore.Mark{{Stream: c.Stream, Version: v, BusSequence: v}}); err != nil {
			return err
		}
	}
	return nil
}

func cancelled(ctx context.Context, s eventstore.Store) map[string]error {
	_, head := s.Head(ctx, stream("other"))
	_, byCause := s.ByCause(ctx, stream("other"), cause("other-1"))
	_, pending := s.Pending(ctx, Kind, start, 1)
	_, due := s.Due(ctx, Kind, start, 1)
	marks := s.MarkPublished(ctx, []eventstore.Mark{{Stream: stream("other"), Version: 1}})
	return map[string]error{"Head": head, "ByCause": byCause, "Pending": pending, "Due": due, "MarkPublished": marks}
}

func atOnce(n int, do func(i int) error) []error {
	results := make([]error, n)
	var ready, done sync.WaitGroup
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			results[i] = do(i)
		})
	}
	done.Wait()
	return results
}

func count(results []error, want error) (n int) {
	for _, err := range results {
		if errors.Is(err, want) {
			n++
		}
	}
	return n
}
