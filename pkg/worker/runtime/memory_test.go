package runtime

import (
	"runtime/debug"
	"testing"
)

func TestMemoryIsCollectedAsGOGCSaysOrElseSeldom(t *testing.T) {
	before := debug.SetGCPercent(70)
	defer debug.SetGCPercent(before)
	for _, c := range []struct {
		gogc string
		want int
	}{{"70", 70}, {"", CollectAt}} {
		t.Setenv("GOGC", c.gogc)
		Collect(CollectAt)
		got := debug.SetGCPercent(70)
		if got != c.want {
			t.Errorf("GOGC=%s: collected at %d percent, want %d", c.gogc, got, c.want)
		}
	}
}
