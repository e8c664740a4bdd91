package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recovery"
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

// openingsLeft bounds how often contacts are told of cases. The user's own and support's are counted apart: whoever has the password
// could else close the way of support.
func (v view) openingsLeft(times []time.Time) *events.Rejection {
	n, again := left(times, v.policy.Recovery.PerHour, time.Hour, v.now)
	if n > 0 {
		return nil
	}
	return &events.Rejection{Code: events.RateLimited, Message: "too many recoveries were asked for in the last hour", RetryAt: again}
}

// wrongLeft is how many wrong codes the user may still enter today, over all cases.
func (v view) wrongLeft() (int, time.Time) {
	return left(v.state.Misses, v.policy.Recovery.WrongPerDay, 24*time.Hour, v.now)
}

// textAt is from when on a text may be sent; the zero time is now.
func (v view) textAt(r recovery.Recovery) time.Time {
	_, again := left(v.state.Texts, v.policy.Resend.PerHour, time.Hour, v.now)
	return later(r.Text.ResendAt, again)
}

// wait is how long after the sending n there is another, doubling.
func (v view) wait(n uint64) time.Duration { return v.policy.Resend.After << min(n-1, maxDoublings) }

const maxDoublings = 10
