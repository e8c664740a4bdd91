package core

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
)

// sending says how a challenge came to be told of: with a code on its way, asked for by a resend, or neither.
type sending struct{ made, resend bool }

// pointed makes e the enrollment of the challenge. A code sent before is dead: its number will not be the newest, or its factor
// sends none.
func (d desk) pointed(c guard.Challenge, e Enrolled) guard.Challenge {
	c.Factor, c.EnrollmentID, c.Keyring, c.Number = e.Factor, e.EnrollmentID, e.Keyring, e.Number
	c.CodeExpiresAt = time.Time{}
	return c
}

// sent gives the challenge a new sending. The number only grows: it is the counter of the code.
func (d desk) sent(c guard.Challenge, notificationID string) (guard.Challenge, sending) {
	c.ResendAt = d.now.Add(doubled(d.policy.Resend.After, int(c.Sending), d.policy.Challenge.Life))
	c.Sending++
	c.NotificationID = notificationID
	c.CodeExpiresAt = d.now.Add(d.policy.Code.Life)
	if c.CodeExpiresAt.After(c.ExpiresAt) {
		c.CodeExpiresAt = c.ExpiresAt
	}
	return c, sending{made: true}
}

// issued tells how a challenge stands.
func (d desk) issued(c guard.Challenge, e *Evidence, s sending) *guard.ChallengeIssued {
	enrolled, _ := e.of(c.Factor)
	until, _ := d.state.Locked(c.Factor, d.now)
	return &guard.ChallengeIssued{
		User: d.state.User, ChallengeID: c.ID, LoginID: c.LoginID,
		Factor: c.Factor, DestinationHint: enrolled.DestinationHint, OtherFactors: e.Others(d.state, c.Factor),
		Sending: s.made, CodeExpiresAt: c.CodeExpiresAt, ResendAt: c.ResendAt, RetryAt: until,
		ExpiresAt: c.ExpiresAt, AttemptsLeft: c.AttemptsLeft,
		Record: guard.ChallengeIssuedRecord{
			Purpose: c.Purpose, EnrollmentID: c.EnrollmentID, Keyring: c.Keyring, Number: c.Number, Locale: c.Locale,
			Sending: c.Sending, Resend: s.resend, NotificationID: c.NotificationID,
		},
	}
}

// notify asks for the message that brings the newest sending.
func (d desk) notify(c guard.Challenge, s sending) []events.Event {
	if !s.made {
		return nil
	}
	channel := notification.Email
	if c.Factor == events.SMS {
		channel = notification.SMS
	}
	return []events.Event{&notification.Requested{
		User: d.state.User, NotificationID: c.NotificationID, Channel: channel, Template: notification.LoginCode,
		About: c.ID, ExpiresAt: c.CodeExpiresAt, Locale: c.Locale,
	}}
}

// resend sends a new code, or switches to another factor, within its limits.
func (d desk) resend(in ResendRequested) (Decision, *events.Rejection) {
	c, ok := d.state.Challenge(in.ChallengeID)
	if !ok || !d.now.Before(c.ExpiresAt) {
		return Decision{}, d.notOpen(in.ChallengeID)
	}
	f := in.Factor
	if f == "" {
		f = c.Factor
	}
	e, ok := in.Evidence.of(f)
	if !ok {
		return Decision{}, reject(events.NotAllowed, "factor", "is not an active factor of this user")
	}
	c = d.pointed(c, e)
	if !guard.Sent(f) {
		return happened(d.issued(c, in.Evidence, sending{})), nil
	}
	if r := d.mayResend(c); r != nil {
		return Decision{}, r
	}
	c, s := d.sent(c, in.NotificationID)
	s.resend = true
	made := happened(d.issued(c, in.Evidence, s))
	made.Events = append(made.Events, d.notify(c, s)...)
	return made, nil
}

func (d desk) notOpen(challengeID string) *events.Rejection {
	_, open := d.state.Challenge(challengeID)
	if _, known := d.state.LoginOf(challengeID); open || known {
		return reject(events.WrongState, "challenge_id", "the challenge has ended: start another login")
	}
	return reject(events.NotFound, "challenge_id", "names no challenge of this user")
}

func (d desk) mayResend(c guard.Challenge) *events.Rejection {
	if until, locked := d.state.Locked(c.Factor, d.now); locked {
		return rejectUntil("codes of this user are refused for now", until)
	}
	if d.now.Before(c.ResendAt) {
		return rejectUntil("a code was sent a moment ago: ask again after retry_at", c.ResendAt)
	}
	if c.Sending > uint64(d.policy.Resend.PerChallenge) {
		return rejectUntil("no more codes are sent for this challenge: start another login", time.Time{})
	}
	most := within(d.policy.Resend.PerHour, guard.KeptResends)
	if n := d.resentWithin(time.Hour); n >= most {
		return rejectUntil("too many codes were sent again to this user", d.state.Resends[len(d.state.Resends)-most].Add(time.Hour))
	}
	return nil
}

func (d desk) resentWithin(age time.Duration) int {
	n := 0
	for _, t := range d.state.Resends {
		if d.now.Sub(t) < age {
			n++
		}
	}
	return n
}
