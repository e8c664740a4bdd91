package gather_test

import (
	"context"
	"sync"
	"testing"

	"countersign/pkg/worker/gather"
)

// As many ask at once as a worker has lanes.
func BenchmarkAsk(b *testing.B) {
	const lanes = 512
	g := gather.New(gather.Config[[6]string, [12]uint64]{Read: func(_ context.Context, questions [][6]string) []gather.Result[[12]uint64] {
		return make([]gather.Result[[12]uint64], len(questions))
	}})
	b.ReportAllocs()
	var all sync.WaitGroup
	for range lanes {
		all.Go(func() {
			for range b.N / lanes {
				_, _ = g.Ask(context.Background(), [6]string{})
			}
		})
	}
	all.Wait()
	g.Wait()
}
