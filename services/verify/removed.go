package verify

import (
	"context"
	"time"

	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/services/verify/internal/core"
)

// removed ends what rests on enrollments that are no more. The message is a hint: what is gone is read from the enrollment's head, and why,
// from the commit that the message names.
func (s *shell) removed(ctx context.Context, r decider.Request) error {
	return s.guards.Handle(ctx, r, r.Stream(worker.GuardKind), func(ctx context.Context, l eventstore.Loaded[guard.State], now time.Time) (decider.Decision, error) {
		if l.Version == 0 { // nothing was ever asked of this user
			return decider.Decision{}, nil
		}
		e, err := s.evidenceFor(ctx, r, now)
		if err != nil {
			return decider.Decision{}, err
		}
		cleared, err := s.cleared(ctx, r)
		if err != nil {
			return decider.Decision{}, err
		}
		return s.decide(r, l, now, core.FactorsRemoved{User: r.User, Evidence: e, Cleared: cleared})
	})
}

// erased does the like, and forgets the user's keys here; other replicas do within a minute.
func (s *shell) erased(ctx context.Context, r decider.Request) error {
	s.Rings.Drop(r.Platform, r.UserKey)
	return s.removed(ctx, r)
}

// cleared reads the commit that a factor.removed stands in; nil where it did not start the user anew.
func (s *shell) cleared(ctx context.Context, r decider.Request) (*core.Cleared, error) {
	if r.Envelope.Sequence == 0 {
		return nil, nil
	}
	for c, err := range s.Store.Replay(ctx, r.Stream(worker.EnrollmentKind), r.Envelope.Sequence) {
		if err != nil {
			return nil, err
		}
		return s.clearedBy(c)
	}
	return nil, nil
}

func (s *shell) clearedBy(c eventstore.Commit) (*core.Cleared, error) {
	for _, kept := range c.Events {
		if kept.Type != enrollment.FactorRemovedType {
			continue
		}
		e, err := s.Registry.DecodeStored(kept.Type, kept.Data, kept.Record)
		if err != nil {
			return nil, err
		}
		switch gone := e.(*enrollment.FactorRemoved); gone.Reason {
		case enrollment.RemovedByRecovery:
			return &core.Cleared{At: c.At, Reason: guard.UnlockedByRecovery}, nil
		case enrollment.RemovedByAdmin:
			return &core.Cleared{At: c.At, Reason: guard.UnlockedByReset, By: gone.Record.By}, nil
		}
	}
	return nil, nil
}
