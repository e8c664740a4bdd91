package notifier

import (
	"context"
	"errors"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/keyring"
	"countersign/services/notifier/internal/budget"
)

// accepted, activated and passed hear that a texted code was entered.
func (s *shell) accepted(ctx context.Context, r decider.Request) error {
	e := r.Event.(*guard.AttemptAccepted)
	if e.Factor != events.SMS {
		return nil
	}
	return s.entered(ctx, r, budget.Entry{About: e.ChallengeID}, factorsPhone)
}

func (s *shell) activated(ctx context.Context, r decider.Request) error {
	e := r.Event.(*enrollment.Activated)
	if e.Factor != events.SMS {
		return nil
	}
	return s.entered(ctx, r, budget.Entry{About: e.EnrollmentID, First: true}, factorsPhone)
}

func (s *shell) passed(ctx context.Context, r decider.Request) error {
	e := r.Event.(*recovery.StepPassed)
	if e.Step != recovery.Text {
		return nil
	}
	return s.entered(ctx, r, budget.Entry{About: e.RecoveryID}, keptPhone)
}

func factorsPhone(e enrollment.State) *enrollment.Contact {
	for _, f := range e.Factors {
		if f.Factor == events.SMS {
			return f.To
		}
	}
	return nil
}

func keptPhone(e enrollment.State) *enrollment.Contact {
	if e.Phone == nil {
		return nil
	}
	return &e.Phone.Contact
}

// entered counts a code for the number that the user has now; one that has none any more is counted nowhere.
func (s *shell) entered(ctx context.Context, r decider.Request, code budget.Entry, numberOf func(enrollment.State) *enrollment.Contact) error {
	e, err := load(ctx, s.Store, r.Stream(worker.EnrollmentKind), s.enrollments)
	to := numberOf(e)
	if err != nil || to == nil {
		return err
	}
	code.To, err = s.address(ctx, r, notification.SMS, to)
	if errors.Is(err, keyring.ErrNoKeyring) { // erased since
		return nil
	}
	if err != nil {
		return err
	}
	p, _ := s.Policies(r.Platform)
	code.Platform, code.UserKey, code.At = r.Platform, r.UserKey, r.At
	return s.till.Entered(ctx, code, p, s.now(r))
}
