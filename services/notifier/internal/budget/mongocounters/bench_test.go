package mongocounters

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"countersign/services/notifier/internal/budget"
)

// What a text costs: six counters, of which two are its own.
func BenchmarkText(b *testing.B) {
	c := budget.Together(open(b, place(b)))
	var n atomic.Int64
	until := time.Now().Add(time.Hour)
	b.SetParallelism(64)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			id := n.Add(1)
			var counts []budget.Count
			for _, key := range []string{fmt.Sprint("user", id), fmt.Sprint("contact", id), fmt.Sprint("prefix", id%50), "country", "platform", fmt.Sprint("sent", id%50)} {
				counts = append(counts, budget.Count{Key: key, By: 1, Until: until})
			}
			if _, err := c.Add(b.Context(), counts); err != nil {
				b.Error(err)
				return
			}
		}
	})
}
