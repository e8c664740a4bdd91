package rig

import (
	"testing"
	"time"
)

func TestLooksGrowFrequentTowardsTheEnd(t *testing.T) {
	const took = 100 * time.Millisecond
	for name, c := range map[string]struct {
		done, left float64
		want       time.Duration
	}{
		"nothing is said yet":               {0, 480, look},
		"half is said":                      {240, 240, look},
		"the rest takes less than a look":   {480, 24, 5 * time.Millisecond},
		"the last is about to be said":      {480, 1, closeLook},
		"all is said but not acknowledged":  {480, 0, closeLook},
		"more is said than was to be heard": {480, -3, closeLook},
	} {
		if got := pause(took, c.done, c.left); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
