package storetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
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
	{"processes that mark the same commits at once, each in its own order, do not stand in each other's way", func(t *testing.T, p Place) {
		const streams, processes, rounds = 40, 3, 4
		stores, marks := make([]eventstore.Store, processes), []eventstore.Mark{}
		for i := range stores {
			stores[i] = open(t, p)
		}
		for i := range streams {
			user := fmt.Sprint("user", i)
			appendAll(t, stores[0], history(user, 2)...)
			marks = append(marks, eventstore.Mark{Stream: stream(user), Version: 1, BusSequence: 1}, eventstore.Mark{Stream: stream(user), Version: 2, BusSequence: 2})
		}
		for range rounds {
			noError(t, errors.Join(atOnce(processes, func(i int) error { return stores[i].MarkPublished(t.Context(), shuffled(marks)) })...))
		}
	}},
	{"of processes that append to the same streams at once, each in its own order, one wins each stream", func(t *testing.T, p Place) {
		const streams, processes = 40, 3
		stores, places := make([]eventstore.Store, processes), make([]int, streams)
		for i := range stores {
			stores[i] = open(t, p)
		}
		for i := range places {
			places[i] = i
		}
		results := make([][]error, processes)
		atOnce(processes, func(i int) error {
			order := shuffled(places)
			results[i] = atOnce(streams, func(n int) error {
				return stores[i].Append(t.Context(), rival(fmt.Sprint("user", order[n]), 1, fmt.Sprint(i)))
			})
			return nil
		})
		all := slices.Concat(results...)
		wantEqual(t, "winners", count(all, nil), streams)
		wantEqual(t, "told of the conflict", count(all, eventstore.ErrConflict), (processes-1)*streams)
	}},
	{"a place may be opened by several at once", func(t *testing.T, p Place) {
		noError(t, errors.Join(atOnce(6, func(i int) error {
			s := p.Open(t, nil)
			return errors.Join(s.Append(t.Context(), commit(fmt.Sprint("user", i), 1)), s.Close())
		})...))
	}},
}

func shuffled[T any](all []T) []T {
	mixed := slices.Clone(all)
	rand.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	return mixed
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
