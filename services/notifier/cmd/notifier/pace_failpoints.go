//go:build failpoints

package main

import (
	"time"

	"countersign/services/notifier"
)

// pace has a try that was cut off made again after seconds: whoever kills this process by a failpoint waits for it.
func pace() notifier.Pace {
	return notifier.Pace{Backoff: 2 * time.Second, Jitter: 0.25, Call: 6 * time.Second}
}
