package recent_test

import (
	"slices"
	"testing"
	"time"

	"countersign/pkg/events/recent"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func minutes(before ...int) []time.Time {
	var times []time.Time
	for _, m := range before {
		times = append(times, noon.Add(-time.Duration(m)*time.Minute))
	}
	return times
}

func TestWhatIsAWindowOldIsForgotten(t *testing.T) {
	old := minutes(61, 60, 59)
	got := recent.Add(old, noon, time.Hour, 8)
	if want := minutes(59, 0); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if !slices.Equal(old, minutes(61, 60, 59)) {
		t.Error("the list was changed in place")
	}
}

func TestNoMoreThanTheNewestAreKept(t *testing.T) {
	if got, want := recent.Add(minutes(3, 2, 1), noon, time.Hour, 2), minutes(1, 0); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := recent.Newest([]int{1, 2}, 3); len(got) != 2 {
		t.Errorf("of two there are %d", len(got))
	}
}

func TestWhatIsLeftOfABound(t *testing.T) {
	for _, c := range []struct {
		name  string
		times []time.Time
		n     int
		left  int
		again time.Time
	}{
		{"nothing has happened", nil, 2, 2, time.Time{}},
		{"some are left", minutes(10), 2, 1, time.Time{}},
		{"none is left until the oldest that counts leaves", minutes(50, 10), 2, 0, noon.Add(10 * time.Minute)},
		{"what is a window old does not count", minutes(60, 10), 2, 1, time.Time{}},
		{"after a bound was lowered, a newer one must leave", minutes(50, 40, 10), 2, 0, noon.Add(20 * time.Minute)},
		{"a bound of none has a next time all the same", nil, 0, 0, noon.Add(time.Hour)},
	} {
		if left, again := recent.Left(c.times, c.n, time.Hour, noon); left != c.left || !again.Equal(c.again) {
			t.Errorf("%s: %d left, again %v; want %d, %v", c.name, left, again, c.left, c.again)
		}
	}
}
