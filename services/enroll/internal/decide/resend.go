package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
)

func (v view) resend(in ResendRequested) (Decision, *events.Rejection) {
	p, no := v.pending(in.EnrollmentID)
	if no != nil {
		return Decision{}, no
	}
	e := present(in.User, p)
	if p.To == nil { // an authenticator app has its seed: there is nothing to send
		return decided(e), nil
	}
	if no := first(v.sendingsLeft(p), v.waited(p), v.resendsLeft()); no != nil {
		return Decision{}, no
	}
	v.number(e, p.Sending+1, in.derive("notification"))
	return decided(e, v.send(e)), nil
}

// pending returns the enrollment if it waits for a code.
func (v view) pending(id string) (enrollment.Pending, *events.Rejection) {
	if open := v.state.Open; open == nil || open.ID != id {
		return enrollment.Pending{}, v.absent(id)
	}
	p, ok := v.state.Pending(v.now)
	if !ok {
		return p, refuse(events.WrongState, "enrollment_id", "names an enrollment that has expired: ask for a new one")
	}
	return p, nil
}

// absent says why an enrollment is not pending.
func (v view) absent(id string) *events.Rejection {
	if _, ok := v.state.Enrollment(id); ok {
		return refuse(events.WrongState, "enrollment_id", "names an enrollment that is active already")
	}
	if reason, ok := v.state.Ended(id); ok {
		return refuse(events.WrongState, "enrollment_id", "names an enrollment that has ended ("+reason+"): ask for a new one")
	}
	return refuse(events.NotFound, "enrollment_id", "names no enrollment of this user")
}

// present repeats what is known of p.
func present(user string, p enrollment.Pending) *enrollment.SecretCreated {
	return &enrollment.SecretCreated{
		User: user, EnrollmentID: p.ID, Factor: p.Factor, DestinationHint: p.DestinationHint,
		Algorithm: p.Algorithm, Digits: p.Digits, Period: p.Period,
		CodeExpiresAt: p.CodeExpiresAt, ResendAt: p.ResendAt, ExpiresAt: p.ExpiresAt,
		Record: enrollment.SecretRecord{
			Key: p.Key, Sending: p.Sending, NotificationID: p.NotificationID, To: p.To, Label: p.Label, Locale: p.Locale,
		},
	}
}

func (v view) sendingsLeft(p enrollment.Pending) *events.Rejection {
	if p.Sending <= uint64(v.policy.Resend.PerChallenge) {
		return nil
	}
	return refuse(events.RateLimited, "", "no more codes are sent for this enrollment: ask for a new one")
}

func (v view) waited(p enrollment.Pending) *events.Rejection {
	if v.now.Before(p.ResendAt) {
		return refuseUntil(p.ResendAt, "a code was sent a moment ago: wait for it to arrive")
	}
	return nil
}

// resendAt doubles the wait with every sending; zero when n was the last.
func (v view) resendAt(n uint64) time.Time {
	if n > uint64(v.policy.Resend.PerChallenge) {
		return time.Time{}
	}
	return v.now.Add(v.policy.Resend.After << min(n-1, maxDoublings))
}

const maxDoublings = 10
