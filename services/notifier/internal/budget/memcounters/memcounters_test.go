package memcounters_test

import (
	"testing"
	"time"

	"countersign/services/notifier/internal/budget"
	"countersign/services/notifier/internal/budget/countertest"
	"countersign/services/notifier/internal/budget/memcounters"
)

func TestCounters(t *testing.T) {
	countertest.Run(t, func(testing.TB) countertest.Place {
		shared := &memcounters.Counters{}
		return func(testing.TB) budget.Counters { return shared }
	})
}

func TestTogether(t *testing.T) {
	countertest.Run(t, func(testing.TB) countertest.Place {
		shared := budget.Together(&memcounters.Counters{})
		return func(testing.TB) budget.Counters { return shared }
	})
}

func TestWhatIsOverGoes(t *testing.T) {
	var c memcounters.Counters
	ago := time.Now().Add(-time.Second)
	for range 2 {
		if got, err := c.Add(t.Context(), []budget.Count{{Key: "x", By: 1, Until: ago}}); err != nil || got[0] > 2 {
			t.Errorf("got %v, %v", got, err)
		}
	}
}
