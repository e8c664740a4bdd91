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

func TestMemoryIsConfinedAsGOMEMLIMITSaysOrElseToTheCeiling(t *testing.T) {
	before := debug.SetMemoryLimit(1 << 40)
	defer debug.SetMemoryLimit(before)
	for _, c := range []struct {
		limit string
		want  int64
	}{{"1TiB", 1 << 40}, {"", Ceiling}} {
		t.Setenv("GOMEMLIMIT", c.limit)
		Confine(Ceiling)
		if got := debug.SetMemoryLimit(-1); got != c.want {
			t.Errorf("GOMEMLIMIT=%s: confined to %d bytes, want %d", c.limit, got, c.want)
		}
	}
}
