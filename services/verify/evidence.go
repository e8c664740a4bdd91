package verify

import (
	"context"
	"time"

	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/services/verify/internal/core"
)

// enrolled is what a read of the enrollment's head showed, made after the message arrived.
type enrolled struct {
	state   enrollment.State
	version uint64 // 0: the user has no enrollment stream
}

// enrolled reads the head, or only that it is still the one that is held.
func (s *shell) enrolled(ctx context.Context, platform, userkey string) (enrolled, error) {
	return s.enrolledBy(ctx, s.Store, platform, userkey)
}

func (s *shell) enrolledBy(ctx context.Context, from eventstore.Reader, platform, userkey string) (enrolled, error) {
	l, err := s.known.Load(ctx, from, enrollmentOf(platform, userkey), s.enrollments)
	return enrolled{l.State, l.Version}, err
}

// enrolledProven reads it linearizably where the store can.
func (s *shell) enrolledProven(ctx context.Context, platform, userkey string) (enrolled, error) {
	l, err := eventstore.Load(ctx, eventstore.Linearizable(s.Store), enrollmentOf(platform, userkey), s.enrollments)
	return enrolled{l.State, l.Version}, err
}

func enrollmentOf(platform, userkey string) eventstore.Stream {
	return eventstore.Stream{Platform: platform, Kind: worker.EnrollmentKind, UserKey: userkey}
}

// evidence is the same in the core's words.
func (e enrolled) evidence(now time.Time) *core.Evidence {
	found := &core.Evidence{
		Required: e.state.Required, RequiredSince: e.state.RequiredSince, EverActivated: !e.state.FirstActivatedAt.IsZero(),
		Codes: e.codes(), Ended: e.ended(), ErasedAt: e.state.ErasedAt, Contacts: e.contacts(),
	}
	if p, ok := e.state.Pending(now); ok {
		found.Pending = p.ID
	}
	found.Active = make([]core.Enrolled, 0, len(e.state.Factors))
	for _, a := range e.state.Factors {
		found.Active = append(found.Active, core.Enrolled{
			EnrollmentID: a.ID, Factor: a.Factor, DestinationHint: a.DestinationHint,
			Keyring: a.Key.Keyring, Number: a.Key.Number, ActivatedAt: a.ActivatedAt, ActivatedStep: a.Step,
			Period: time.Duration(a.Period) * time.Second,
		})
	}
	return found
}

func (e enrolled) codes() *core.Codes {
	c := e.state.RecoveryCodes
	if c == nil {
		return nil
	}
	return &core.Codes{SetID: c.SetID, Count: c.Count, Keyring: c.Key.Keyring, Number: c.Key.Number}
}

// ended says of enrollments that are no more, as far as the head remembers them, why their challenges end.
func (e enrolled) ended() map[string]guard.CloseReason {
	if len(e.state.Past) == 0 {
		return nil
	}
	why := make(map[string]guard.CloseReason, len(e.state.Past))
	for _, past := range e.state.Past {
		switch enrollment.RemovalReason(past.Reason) {
		case enrollment.RemovedByRecovery:
			why[past.ID] = guard.Recovered
		case enrollment.RemovedErased:
			why[past.ID] = guard.Erased
		default:
			why[past.ID] = guard.Removed
		}
	}
	return why
}

// contacts are the ways by which the user can be told.
func (e enrolled) contacts() []notification.Channel {
	var list []notification.Channel
	if e.state.Email != nil {
		list = append(list, notification.Email)
	}
	if e.state.Phone != nil {
		list = append(list, notification.SMS)
	}
	return list
}

// evidenceFor reads the enrollment's head for a request.
func (s *shell) evidenceFor(ctx context.Context, r decider.Request, now time.Time) (*core.Evidence, error) {
	e, err := s.enrolled(ctx, r.Platform, r.UserKey)
	return e.evidence(now), err
}
