package storetest

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/pkg/worker/eventstore"
)

// Benchmark measures appends by 1, 16 and 128 callers, each on streams of its own, of commits as long as real ones.
func Benchmark(b *testing.B, place func(testing.TB) Place) {
	for _, callers := range []int{1, 16, 128} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) { benchmark(b, place(b), callers) })
	}
}

func benchmark(b *testing.B, p Place, callers int) {
	var batches atomic.Int64
	s := p.Open(b, func([]eventstore.Commit) { batches.Add(1) })
	defer func() { noError(b, s.Close()) }()
	work := make(chan int, callers)
	var all sync.WaitGroup
	b.ResetTimer()
	for range callers {
		all.Go(func() {
			for i := range work {
				if err := s.Append(b.Context(), typical(i)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	for i := range b.N {
		work <- i
	}
	close(work)
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	b.ReportMetric(float64(b.N)/float64(batches.Load()), "commits/batch")
}

// typical is about 2 KB: three events, a timer, and the state of a user with two factors.
func typical(i int) eventstore.Commit {
	c := timed(fmt.Sprintf("user%d", i), 1, time.Minute)
	c.Events = append(c.Events, everything().Events...)
	c.State = sized(1500).State
	return c
}

// BenchmarkMark measures how fast published commits are marked, 256 at once.
func BenchmarkMark(b *testing.B, place func(testing.TB) Place) {
	const bulk = 256
	s := open(b, place(b))
	for i := uint64(0); b.Loop(); i++ {
		b.StopTimer()
		marks := make([]eventstore.Mark, bulk)
		noError(b, errors.Join(atOnce(bulk, func(j int) error {
			c := typical(j)
			c.Version = i + 1
			c.Cause.ID = fmt.Sprint(i)
			marks[j] = eventstore.Mark{Stream: c.Stream, Version: c.Version, BusSequence: i*bulk + uint64(j) + 1}
			return s.Append(b.Context(), c)
		})...))
		b.StartTimer()
		noError(b, s.MarkPublished(b.Context(), marks))
	}
	b.ReportMetric(float64(b.N)*bulk/b.Elapsed().Seconds(), "marks/s")
}
