package runtime

import (
	"os"
	"runtime/debug"
)

// CollectAt is in percent of what is in use: a worker holds little, and much passes through it.
const CollectAt = 200

// Collect has memory collected only when so many percent of what is in use have come on top, not 100 as Go does by itself: its runs would hold up whoever
// waits for a code. GOGC says otherwise, and GOMEMLIMIT holds in any case. Main does it with CollectAt.
func Collect(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}
