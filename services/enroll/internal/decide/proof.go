package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
)

// ahead is how far a time may lie in the future: clocks differ.
const ahead = time.Minute

// reauthenticated refuses a password check that is missing, too old or in the future.
func (v view) reauthenticated(at time.Time) *events.Rejection {
	switch {
	case at.IsZero():
		return stale("is missing: check the password and say when")
	case v.now.Sub(at) > v.policy.Reauthentication:
		return stale("is more than " + v.policy.Reauthentication.String() + " ago: check the password again")
	case at.Sub(v.now) > ahead:
		return stale("is in the future: set the platform's clock")
	}
	return nil
}

func stale(message string) *events.Rejection {
	return refuse(events.StaleReauthentication, "reauthenticated_at", message)
}

// steppedUp refuses a change while a factor is active unless a login that was just accepted backs it. A password alone must not
// open what a factor closes.
func (v view) steppedUp(l Login) *events.Rejection {
	if !v.state.HasFactor() {
		return nil
	}
	if _, spent := v.state.Spent(l.ID); spent {
		return stepUp("was spent on another change: start a login with purpose step_up")
	}
	if !v.accepted(l) {
		return stepUp("names no login of this user that was accepted in the last " + v.policy.StepUp.String() +
			": start one with purpose step_up")
	}
	return v.spendable()
}

func (v view) accepted(l Login) bool {
	if l.ID == "" || l.AcceptedAt.IsZero() {
		return false
	}
	return v.now.Sub(l.AcceptedAt) <= v.policy.StepUp && l.AcceptedAt.Sub(v.now) <= ahead
}

// spendable keeps the list of spent logins bounded without ever forgetting one that could be used again.
func (v view) spendable() *events.Rejection {
	n := 0
	for _, p := range v.state.SpentLogins {
		if v.now.Sub(p.At) < enrollment.SpentLife {
			n++
		}
	}
	if n < enrollment.MaxSpent {
		return nil
	}
	return refuseUntil(v.now.Add(enrollment.SpentLife), "too many changes in a short time")
}

// spends returns the login that a change uses up: none where none was needed.
func (v view) spends(l Login) string {
	if !v.state.HasFactor() {
		return ""
	}
	return l.ID
}

func stepUp(message string) *events.Rejection {
	return refuse(events.StepUpRequired, "login_id", message)
}
