package runtime

import (
	"os"
	"runtime/debug"
)

// collectAt is in percent of what is in use: a worker holds little, and much passes through it.
const collectAt = 200

// Collect has memory collected less often than Go does by itself, whose runs would hold up whoever waits for a code. GOGC says otherwise, and
// GOMEMLIMIT holds in any case.
func Collect() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
}
