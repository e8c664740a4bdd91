package core

import (
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker/policy"
)

// login decides how a login goes on: once per login_id.
func (d desk) login(in LoginStarted) (Decision, *events.Rejection) {
	if in.Purpose == "" {
		in.Purpose = guard.ForLogin
	}
	if l, ok := d.state.Login(in.LoginID); ok {
		return d.again(in, l)
	}
	if retry, limited := d.tooManyLogins(); limited {
		return Decision{}, rejectUntil("too many logins of this user: start another after retry_at", retry)
	}
	if len(in.Evidence.Active) == 0 {
		return d.withoutFactor(in, guard.Login{}), nil
	}
	e, ok := in.Evidence.choose(in.Factor)
	if !ok { // never taken for a user without a factor
		return Decision{}, reject(events.NotAllowed, "factor", "the user's only factors are of kinds that verify cannot ask for")
	}
	return d.challenge(in, e), nil
}

// again answers a login_id that was seen before with how it stands. It sends nothing and prolongs nothing.
func (d desk) again(in LoginStarted, l guard.Login) (Decision, *events.Rejection) {
	if l.State == guard.Challenged {
		return d.standing(in, l)
	}
	if !l.HadFactor() && len(in.Evidence.Active) == 0 {
		in.Purpose = l.Purpose
		return d.withoutFactor(in, l), nil
	}
	return Decision{}, reject(events.WrongState, "login_id", "this login has ended: ask login.status how, or start another")
}

func (d desk) standing(in LoginStarted, l guard.Login) (Decision, *events.Rejection) {
	c, _ := d.state.Challenge(l.ChallengeID)
	switch {
	case !d.now.Before(c.ExpiresAt):
		return Decision{}, reject(events.WrongState, "login_id", "the challenge of this login has expired: start another")
	case !in.Evidence.active(c):
		return Decision{}, reject(events.WrongState, "login_id", "the factor of this login was removed: start another")
	}
	return happened(d.issued(c, in.Evidence, sending{})), nil
}

// withoutFactor is the only way to a waiver.
func (d desk) withoutFactor(in LoginStarted, before guard.Login) Decision {
	if in.Evidence.Required || d.policy.Required {
		return happened(d.required(in))
	}
	e := &guard.ChallengeWaived{User: in.User, LoginID: in.LoginID, Reason: guard.NotEnrolled, ExpiresAt: d.now.Add(goodFor)}
	if before.State == guard.Waived {
		e.ExpiresAt = before.ExpiresAt
	}
	e.Record.Purpose = in.Purpose
	return happened(e)
}

func (d desk) required(in LoginStarted) *guard.EnrollmentRequired {
	e := &guard.EnrollmentRequired{
		User: in.User, LoginID: in.LoginID, EnrollmentID: in.Evidence.Pending, AllowedFactors: d.policy.Factors,
	}
	e.Record.Purpose = in.Purpose
	switch d.policy.Enforcement {
	case policy.UntilActivation:
		e.MayContinue = !in.Evidence.EverActivated && !d.state.HadFactor
	case policy.Grace:
		e.ContinueUntil = d.graceFrom(in.Evidence).Add(time.Duration(d.policy.GraceDays) * 24 * time.Hour)
		e.MayContinue = d.now.Before(e.ContinueUntil)
	}
	return e
}

// graceFrom is when the user was required to enroll; where only the platform's policy says so, when the user first heard of it.
func (d desk) graceFrom(e *Evidence) time.Time {
	switch {
	case e.Required && !e.RequiredSince.IsZero():
		return e.RequiredSince
	case !d.state.RequiredAt.IsZero():
		return d.state.RequiredAt
	}
	return d.now
}

// tooManyLogins counts what State keeps of the last ten minutes; a policy that allows more is held to that.
func (d desk) tooManyLogins() (retry time.Time, limited bool) {
	const window = 10 * time.Minute
	var started []time.Time
	for _, l := range d.state.Logins {
		if d.now.Sub(l.StartedAt) < window {
			started = append(started, l.StartedAt)
		}
	}
	most := within(d.policy.Challenge.LoginsPer10m, guard.KeptLogins)
	if len(started) < most {
		return time.Time{}, false
	}
	slices.SortFunc(started, time.Time.Compare)
	return started[len(started)-most].Add(window), true
}

// challenge issues the one challenge of a login.
func (d desk) challenge(in LoginStarted, e Enrolled) Decision {
	c := guard.Challenge{
		ID: in.ChallengeID, LoginID: in.LoginID, Purpose: in.Purpose, Locale: in.Locale,
		AttemptsLeft: d.policy.Challenge.Attempts, ExpiresAt: d.now.Add(d.policy.Challenge.Life),
	}
	if c.Locale == "" {
		c.Locale = d.policy.Locale
	}
	c, s := d.pointed(c, e), sending{}
	switch until, locked := d.state.Locked(e.Factor, d.now); {
	case locked:
		c.ResendAt = until // a code sent now could not be used
	case guard.Sent(e.Factor):
		c, s = d.sent(c, in.NotificationID)
	}
	made := happened(d.issued(c, in.Evidence, s))
	made.Events = append(made.Events, d.supersede()...)
	made.Events = append(made.Events, d.notify(c, s)...)
	made.Timers = []Timer{d.expiryOf(c)}
	return made
}

// supersede closes the oldest challenges, so that with the one issued now there are not too many.
func (d desk) supersede() []events.Event {
	var closed []events.Event
	open := d.state.Challenges
	for len(open) > 0 && len(open) >= d.policy.Challenge.Open {
		why := guard.Superseded
		if !d.now.Before(open[0].ExpiresAt) { // its timer is late
			why = guard.Expired
		}
		closed = append(closed, d.close(open[0], why))
		open = open[1:]
	}
	return closed
}
