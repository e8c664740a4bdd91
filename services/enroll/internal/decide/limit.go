package decide

import (
	"time"

	"countersign/pkg/events"
)

// left returns how many of n are left in a window that ends now, and when there is one again where none is.
func left(times []time.Time, n int, window time.Duration, now time.Time) (int, time.Time) {
	var recent []time.Time
	for _, t := range times {
		if now.Sub(t) < window {
			recent = append(recent, t)
		}
	}
	if len(recent) < n {
		return n - len(recent), time.Time{}
	}
	if n < 1 {
		return 0, now.Add(window)
	}
	return 0, recent[len(recent)-n].Add(window)
}

func (v view) requestsLeft() *events.Rejection {
	if n, again := left(v.state.Requests, v.policy.Enrollment.PerHour, time.Hour, v.now); n == 0 {
		return refuseUntil(again, "too many enrollments were asked for in the last hour")
	}
	return nil
}

func (v view) resendsLeft() *events.Rejection {
	if n, again := left(v.state.Resends, v.policy.Resend.PerHour, time.Hour, v.now); n == 0 {
		return refuseUntil(again, "too many codes were asked for in the last hour")
	}
	return nil
}

// wrongLeft is how many wrong codes the user may still enter today.
func (v view) wrongLeft() (int, time.Time) {
	return left(v.state.Misses, v.policy.Enrollment.WrongPerDay, 24*time.Hour, v.now)
}
