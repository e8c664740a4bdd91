package verify

import (
	"context"
	"time"

	"countersign/pkg/events/enrollment"
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

func (s *shell) enrolled(ctx context.Context, from eventstore.Reader, platform, userkey string) (enrolled, error) {
	stream := eventstore.Stream{Platform: platform, Kind: worker.EnrollmentKind, UserKey: userkey}
	l, err := eventstore.Load(ctx, from, stream, s.enrollments)
	return enrolled{l.State, l.Version}, err
}

// evidence is the same in the core's words.
func (e enrolled) evidence(now time.Time) *core.Evidence {
	found := &core.Evidence{
		Required: e.state.Required, RequiredSince: e.state.RequiredSince, EverActivated: !e.state.FirstActivatedAt.IsZero(),
	}
	if p, ok := e.state.Pending(now); ok {
		found.Pending = p.ID
	}
	for _, a := range e.state.Active() {
		found.Active = append(found.Active, core.Enrolled{
			EnrollmentID: a.ID, Factor: a.Factor, DestinationHint: a.DestinationHint,
			Keyring: a.Key.Keyring, Number: a.Key.Number, ActivatedAt: a.ActivatedAt, ActivatedStep: a.Step,
		})
	}
	return found
}

// evidenceFor reads the enrollment's head for a request.
func (s *shell) evidenceFor(ctx context.Context, r decider.Request, now time.Time) (*core.Evidence, error) {
	e, err := s.enrolled(ctx, s.Store, r.Platform, r.UserKey)
	return e.evidence(now), err
}
