// Package recent bounds how often something happens: it keeps the times of the last hour or day, in order, and counts what is left of a
// bound.
//
// No list is changed in place: two futures of one state do not meet.
package recent

import (
	"slices"
	"time"
)

// Add returns times with at, without those that lie a window or more before at, and of these the newest most.
func Add(times []time.Time, at time.Time, window time.Duration, most int) []time.Time {
	kept := slices.DeleteFunc(slices.Clone(times), func(t time.Time) bool { return at.Sub(t) >= window })
	return Newest(append(kept, at), most)
}

// Newest returns the last n of a list.
func Newest[T any](list []T, n int) []T { return list[max(0, len(list)-n):] }

// Left returns how many of n are left in a window that ends now, and when there is one again where none is.
func Left(times []time.Time, n int, window time.Duration, now time.Time) (int, time.Time) {
	var within []time.Time
	for _, t := range times {
		if now.Sub(t) < window {
			within = append(within, t)
		}
	}
	if len(within) < n {
		return n - len(within), time.Time{}
	}
	if n < 1 {
		return 0, now.Add(window)
	}
	return 0, within[len(within)-n].Add(window)
}
