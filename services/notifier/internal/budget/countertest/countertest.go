// Package countertest is what all budget.Counters must pass.
package countertest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/services/notifier/internal/budget"
)

// A Place is where counters are kept. What it opens works on the same ones, as several processes do.
type Place func(testing.TB) budget.Counters

// Run runs the suite; place makes an empty Place that goes away with its test.
func Run(t *testing.T, place func(testing.TB) Place) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Place)
	}{
		{"an addition is seen by all, and added to", addsUp},
		{"what is not there is nothing", nothing},
		{"what is given back is gone", givesBack},
		{"of many additions at once no more than the limit are told the limit or less", keepsLimit},
		{"first additions of many at once all count", firstOfMany},
		{"additions in other orders do not wait for each other", anyOrder},
		{"many keys of one addition", manyKeys},
		{"a key of the greatest length", longKey},
		{"a context that has ended adds nothing", ended},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.test(t, place(t))
		})
	}
}

// patient ends where a call does not come back.
func patient(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func one(key string) budget.Count { return by(key, 1) }

func by(key string, n int64) budget.Count {
	return budget.Count{Key: key, By: n, Until: time.Now().Add(time.Hour)}
}

func add(t *testing.T, c budget.Counters, counts ...budget.Count) []int64 {
	t.Helper()
	sums, err := c.Add(patient(t), counts)
	if err != nil {
		t.Error(err)
		return make([]int64, len(counts))
	}
	return sums
}

func want(t *testing.T, c budget.Counters, keys []string, sums ...int64) {
	t.Helper()
	got, err := c.Read(patient(t), keys)
	if err != nil || !slices.Equal(got, sums) {
		t.Errorf("%v hold %v, %v; want %v", keys, got, err, sums)
	}
}

func addsUp(t *testing.T, open Place) {
	a, b := open(t), open(t)
	if got := add(t, a, one("x"), by("y", 5)); !slices.Equal(got, []int64{1, 5}) {
		t.Errorf("first %v", got)
	}
	if got := add(t, b, by("y", 2), one("x")); !slices.Equal(got, []int64{7, 2}) {
		t.Errorf("then %v", got)
	}
	want(t, a, []string{"x", "y"}, 2, 7)
}

func nothing(t *testing.T, open Place) {
	c := open(t)
	add(t, c, one("x"))
	want(t, c, []string{"none", "x", "X"}, 0, 1, 0)
}

func givesBack(t *testing.T, open Place) {
	c := open(t)
	add(t, c, one("x"))
	add(t, c, one("x"), one("y"))
	if got := add(t, c, by("x", -1), by("y", -1)); !slices.Equal(got, []int64{1, 0}) {
		t.Errorf("got %v", got)
	}
	want(t, c, []string{"x", "y"}, 1, 0)
}

const (
	replicas = 4
	each     = 50
)

// all has replicas count at once; counts says what each adds the nth time.
func all(t *testing.T, open Place, counts func(replica, n int) []budget.Count, seen func(sums []int64)) {
	t.Helper()
	var group sync.WaitGroup
	for r := range replicas {
		c := open(t)
		group.Go(func() {
			for n := range each {
				seen(add(t, c, counts(r, n)...))
			}
		})
	}
	group.Wait()
}

func keepsLimit(t *testing.T, open Place) {
	const limit = 60
	var within atomic.Int64
	all(t, open, func(r, n int) []budget.Count { return []budget.Count{one("hot"), one(fmt.Sprint(r, "/", n))} }, func(sums []int64) {
		if sums[0] <= limit {
			within.Add(1)
		}
	})
	if n := within.Load(); n > limit || n == 0 {
		t.Errorf("%d were told that they are within a limit of %d", n, limit)
	}
	want(t, open(t), []string{"hot", "2/7"}, replicas*each, 1)
}

func firstOfMany(t *testing.T, open Place) {
	all(t, open, func(_, n int) []budget.Count { return []budget.Count{one(fmt.Sprint("new", n))} }, func([]int64) {})
	for n := range each {
		want(t, open(t), []string{fmt.Sprint("new", n)}, replicas)
	}
}

func anyOrder(t *testing.T, open Place) {
	keys := []string{"a", "b", "c", "d", "e", "f"}
	all(t, open, func(r, n int) (counts []budget.Count) {
		for i := range keys {
			counts = append(counts, one(keys[(i*(2*(r%2)-1)+n+6*each)%len(keys)])) // forwards and backwards
		}
		return counts
	}, func([]int64) {})
	n := int64(replicas * each)
	want(t, open(t), keys, n, n, n, n, n, n)
}

func manyKeys(t *testing.T, open Place) {
	c := open(t)
	var counts []budget.Count
	for n := range 1500 {
		counts = append(counts, by(fmt.Sprint("key", n), int64(n)))
	}
	if got := add(t, c, counts...); got[0] != 0 || got[1499] != 1499 {
		t.Errorf("got %v", got)
	}
	want(t, c, []string{"key7", "key1400"}, 7, 1400)
}

func longKey(t *testing.T, open Place) {
	c := open(t)
	key := string(slices.Repeat([]byte("k"), budget.MaxKey))
	add(t, c, one(key))
	want(t, c, []string{key, key[1:]}, 1, 0)
}

func ended(t *testing.T, open Place) {
	c := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Add(ctx, []budget.Count{one("x")}); err == nil {
		t.Error("it added")
	}
	if _, err := c.Read(ctx, []string{"x"}); err == nil {
		t.Error("it read")
	}
	want(t, c, []string{"x"}, 0)
}
