package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/recent"
)

func (v view) requestsLeft() *events.Rejection {
	if n, again := recent.Left(v.state.Requests, v.policy.Enrollment.PerHour, time.Hour, v.now); n == 0 {
		return refuseUntil(again, "too many enrollments were asked for in the last hour")
	}
	return nil
}

func (v view) resendsLeft() *events.Rejection {
	if n, again := recent.Left(v.state.Resends, v.policy.Resend.PerHour, time.Hour, v.now); n == 0 {
		return refuseUntil(again, "too many codes were asked for in the last hour")
	}
	return nil
}

// wrongLeft is how many wrong codes the user may still enter today.
func (v view) wrongLeft() (int, time.Time) {
	return recent.Left(v.state.Misses, v.policy.Enrollment.WrongPerDay, 24*time.Hour, v.now)
}
