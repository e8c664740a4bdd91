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

// Ceiling is in bytes, for Confine: of a worker with 8,192 users at hand less than a third is in use. What is outside (the program itself, SQLite's
// pages) comes on top, 70 to 100 MiB.
const Ceiling = 160 << 20

// Confine has memory collected more often where heap, stacks and the runtime's own would come to more bytes: what a crowd has in use is less than what
// may have come on top of it. It is no bound: what is in use is never refused, and collecting takes half of the time at most. GOMEMLIMIT says otherwise.
// process.Run does it with Ceiling.
func Confine(bytes int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(bytes)
	}
}
