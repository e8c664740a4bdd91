package enroll

import (
	"context"

	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker"
	"countersign/services/enroll/internal/decide"
)

func (s *shell) removal(ctx context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*enrollment.RemovalRequested)
	l, err := s.loginOf(ctx, m, e.LoginID)
	return decide.RemovalRequested{
		Request: asked(m.Request), Factor: e.Factor, ReauthenticatedAt: e.ReauthenticatedAt, Login: l,
	}, err
}

func (s *shell) contacts(ctx context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*enrollment.ContactsReported)
	in := decide.ContactsReported{Request: asked(m.Request)}
	var err error
	if in.Email, err = s.email(ctx, m, worker.Field{ID: m.Envelope.ID, Clear: e.Email, Sealed: e.SealedEmail, KeyID: e.SealedKeyID}); err != nil {
		return nil, err
	}
	if in.Phone, err = s.phone(ctx, m, worker.Field{ID: m.Envelope.ID, Clear: e.Phone, Sealed: e.SealedPhone, KeyID: e.SealedKeyID}); err != nil {
		return nil, err
	}
	in.Login, err = s.loginOf(ctx, m, e.LoginID)
	return in, err
}

func (s *shell) requirement(_ context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*enrollment.RequirementRequested)
	return decide.RequirementRequested{Request: asked(m.Request), Required: *e.Required, By: e.By}, nil
}

func (s *shell) reset(ctx context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*enrollment.ResetRequested)
	ref, err := s.Rings.Create(ctx, m.Platform, m.UserKey)
	if err != nil {
		return nil, err
	}
	reason, err := s.hide(ctx, m, ref, "reason", e.Reason)
	return decide.ResetRequested{
		Request: asked(m.Request), By: e.By, Reason: reason, Required: e.Required,
		ReasonKey: enrollment.Key{Keyring: ref.Keyring, Number: ref.Number},
	}, err
}

func (s *shell) recoveryCodes(_ context.Context, m moment) (decide.Input, error) {
	return decide.RecoveryCodesRequested{Request: asked(m.Request)}, nil
}

func (s *shell) erasure(_ context.Context, m moment) (decide.Input, error) {
	return decide.ErasureRequested{Request: asked(m.Request)}, nil
}
