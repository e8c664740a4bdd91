package core

import "time"

// doubled is first, doubled times times, at most the bound.
func doubled(first time.Duration, times int, most time.Duration) time.Duration {
	for ; times > 0 && first < most; times-- {
		first *= 2
	}
	return min(first, most)
}

// within holds a limit to what State remembers.
func within(limit, most int) int { return max(1, min(limit, most)) }
