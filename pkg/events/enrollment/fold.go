package enrollment

import (
	"fmt"
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recent"
)

// Evolve returns the state after e, which stands in a commit of the time at. An event that it does not know is an error that wraps
// events.ErrUnknownType: whoever cannot read a stream must not conclude that there is no factor.
func Evolve(s State, e events.Event, at time.Time) (State, error) {
	if _, quiet := s.Quiet(e); quiet {
		s.QuietAt = at
	}
	switch e := e.(type) {
	case *SecretCreated:
		return s.created(e, at), nil
	case *CodeRejected:
		return s.rejected(e, at), nil
	case *Activated:
		return s.activated(e, at)
	case *Discarded:
		return s.discarded(e, at), nil
	case *FactorRemoved:
		return s.removed(e, at), nil
	case *Provisioned:
		return s.spend(Spent{LoginID: e.LoginID, At: at, For: e.EnrollmentID}), nil
	case *RecoveryCodesGenerated:
		return s.generated(e, at), nil
	case *RecoveryCodesRevealed:
		return s.revealed(e, at), nil
	case *RequirementChanged:
		return s.require(e.Required, at), nil
	case *ContactsChanged:
		return s.contacts(e, at), nil
	case *ContactsBounced:
		return s.marked(e.Channel, e.Kept, e.EnrollmentIDs, &Bounce{NotificationID: e.NotificationID, SentAt: e.SentAt, At: at}), nil
	case *ContactsReached:
		return s.marked(e.Channel, e.Kept, e.EnrollmentIDs, nil), nil
	case *UserErased:
		return s.erased(e, at), nil
	case *events.RequestRejected, *notification.Requested:
		return s, nil // an answer; a wish that stands in the stream so that it can be published again
	}
	return s, fmt.Errorf("fold enrollment: %w: %s", events.ErrUnknownType, e.EventType())
}

func (s State) created(e *SecretCreated, at time.Time) State {
	if s.Open != nil && s.Open.ID == e.EnrollmentID {
		return s.resent(e, at)
	}
	p := pending(e, at)
	s.Open = &p
	s.Requests = recent.Add(s.Requests, at, time.Hour, MaxTimes)
	return s.names(e.Record.Key).spend(Spent{LoginID: e.Record.SpentLogin, At: at})
}

func pending(e *SecretCreated, at time.Time) Pending {
	return Pending{
		Enrollment: Enrollment{
			ID: e.EnrollmentID, Factor: e.Factor, Status: StatusPending, DestinationHint: e.DestinationHint,
			Key: e.Record.Key, To: e.Record.To, Label: e.Record.Label,
			Algorithm: e.Algorithm, Digits: e.Digits, Period: e.Period, Locale: e.Record.Locale, CreatedAt: at,
		},
		ExpiresAt: e.ExpiresAt,
		Sending:   e.Record.Sending, NotificationID: e.Record.NotificationID,
		CodeExpiresAt: e.CodeExpiresAt, ResendAt: e.ResendAt,
		Reauthenticated: e.Record.Reauthenticated, SteppedUp: e.Record.SpentLogin != "",
		Email: e.Record.Email, Phone: e.Record.Phone,
	}
}

// resent leaves the state alone where the event repeats what is known: a resend that changes nothing is answered so.
func (s State) resent(e *SecretCreated, at time.Time) State {
	if s.keeps(e) {
		return s
	}
	p := *s.Open
	p.Sending, p.NotificationID = e.Record.Sending, e.Record.NotificationID
	p.CodeExpiresAt, p.ResendAt = e.CodeExpiresAt, e.ResendAt
	s.Open = &p
	s.Resends = recent.Add(s.Resends, at, time.Hour, MaxTimes)
	return s
}

func (s State) rejected(e *CodeRejected, at time.Time) State {
	if e.Reason != CodeWrong {
		return s
	}
	s.Misses = recent.Add(s.Misses, at, day, MaxTimes)
	if s.Open != nil && s.Open.ID == e.EnrollmentID {
		p := *s.Open
		p.Wrong++
		s.Open = &p
	}
	return s
}

func (s State) activated(e *Activated, at time.Time) (State, error) {
	if e.Imported {
		return s.imported(e, at), nil
	}
	if s.Open == nil || s.Open.ID != e.EnrollmentID {
		return s, fmt.Errorf("fold enrollment: activate %s: it is not pending", e.EnrollmentID)
	}
	a := Active{Enrollment: s.Open.Enrollment, Step: e.Record.Step, ActivatedAt: at, LoginID: e.LoginID}
	a.Status = StatusActive
	s.Open = nil
	return s.add(a).spend(Spent{LoginID: e.LoginID, At: at}).spend(Spent{LoginID: e.Record.SpentLogin, At: at}), nil
}

func (s State) add(a Active) State {
	if s.FirstActivatedAt.IsZero() {
		s.FirstActivatedAt = a.ActivatedAt
	}
	s.Factors = append(slices.Clone(s.Factors), a)
	return s
}

// imported makes an app active that was never pending. One that is said again has no App.
func (s State) imported(e *Activated, at time.Time) State {
	app := e.Record.App
	if app == nil {
		return s
	}
	return s.names(e.Record.Key).add(Active{Step: e.Record.Step, ActivatedAt: at, Enrollment: Enrollment{
		ID: e.EnrollmentID, Factor: e.Factor, Status: StatusActive, Key: e.Record.Key, Seed: app.Seed, Label: app.Label,
		Algorithm: app.Algorithm, Digits: app.Digits, Period: app.Period, Locale: app.Locale, CreatedAt: at,
	}})
}

func (s State) discarded(e *Discarded, at time.Time) State {
	if e.Reason == DiscardTooManyAttempts { // it stands for the last wrong code
		s.Misses = recent.Add(s.Misses, at, day, MaxTimes)
	}
	if s.Open != nil && s.Open.ID == e.EnrollmentID {
		s.Open = nil
	}
	return s.end(e.EnrollmentID, string(e.Reason))
}

func (s State) removed(e *FactorRemoved, at time.Time) State {
	for _, f := range e.Factors {
		s.Factors = slices.DeleteFunc(slices.Clone(s.Factors), func(a Active) bool { return a.ID == f.EnrollmentID })
		s = s.end(f.EnrollmentID, string(e.Reason))
	}
	if !s.HasFactor() || s.codesGo(e) {
		s.RecoveryCodes = nil
	}
	if e.Reason == RemovedByRecovery {
		s.Recovered, s.RecoveredAt = e.RecoveryID, e.Record.CompletedAt
	}
	return s.names(e.Record.ReasonKey).spend(Spent{LoginID: e.Record.SpentLogin, At: at})
}

// codesGo: printed codes are a factor as well.
func (s State) codesGo(e *FactorRemoved) bool {
	switch e.Reason {
	case RemovedByAdmin:
		return true
	case RemovedByRecovery:
		return s.RecoveryCodes != nil && !s.RecoveryCodes.GeneratedAt.After(e.Record.CompletedAt)
	}
	return false
}
