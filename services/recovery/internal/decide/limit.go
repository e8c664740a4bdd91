package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recent"
	"countersign/pkg/events/recovery"
)

// openingsLeft bounds how often contacts are told of cases. The user's own and support's are counted apart: whoever has the password
// could else close the way of support.
func (v view) openingsLeft(times []time.Time) *events.Rejection {
	n, again := recent.Left(times, v.policy.Recovery.PerHour, time.Hour, v.now)
	if n > 0 {
		return nil
	}
	return &events.Rejection{Code: events.RateLimited, Message: "too many recoveries were asked for in the last hour", RetryAt: again}
}

// wrongLeft is how many wrong codes the user may still enter today, over all cases.
func (v view) wrongLeft() (int, time.Time) {
	return recent.Left(v.state.Misses, v.policy.Recovery.WrongPerDay, 24*time.Hour, v.now)
}

// textAt is from when on a text may be sent; the zero time is now.
func (v view) textAt(r recovery.Recovery) time.Time {
	_, again := recent.Left(v.state.Texts, v.policy.Resend.PerHour, time.Hour, v.now)
	return later(r.Text.ResendAt, again)
}

// wait is how long after the sending n there is another, doubling.
func (v view) wait(n uint64) time.Duration { return v.policy.Resend.After << min(n-1, maxDoublings) }

const maxDoublings = 10
