package enroll

import (
	"context"
	"errors"

	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
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

// reset brings keys that nothing follows from yet: whoever had a part in the old ones has none in what is enrolled next.
func (s *shell) reset(ctx context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*enrollment.ResetRequested)
	ref, err := s.renewed(ctx, m)
	if err != nil {
		return nil, err
	}
	reason, err := s.hide(ctx, m, ref, "reason", e.Reason)
	return decide.ResetRequested{
		Request: asked(m.Request), By: e.By, Reason: reason, Required: e.Required, ReasonKey: keyOf(ref),
	}, err
}

// renewed gives the key number after the newest that the stream names, however often it is asked before that one is named.
func (s *shell) renewed(ctx context.Context, m moment) (keyring.Ref, error) {
	ref, err := s.Rings.Create(ctx, m.Platform, m.UserKey)
	if err != nil || ref.Keyring != m.state.Key.Keyring {
		return ref, err
	}
	return s.Rings.Renew(ctx, m.Platform, m.UserKey, keyring.Ref{Keyring: ref.Keyring, Number: m.state.Key.Number})
}

func keyOf(ref keyring.Ref) enrollment.Key {
	return enrollment.Key{Keyring: ref.Keyring, Number: ref.Number}
}

func (s *shell) recoveryCodes(ctx context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*enrollment.RecoveryCodesRequested)
	ref, err := s.Rings.Create(ctx, m.Platform, m.UserKey)
	if err != nil {
		return nil, err
	}
	l, err := s.loginOf(ctx, m, e.LoginID)
	return decide.RecoveryCodesRequested{
		Request: asked(m.Request), Key: keyOf(ref), ReauthenticatedAt: e.ReauthenticatedAt, Login: l,
	}, err
}

// recovered takes the message for a hint: what counts is the recovery's own stream, read now.
func (s *shell) recovered(ctx context.Context, m moment) (decide.Input, error) {
	id := m.Event.(*recovery.Completed).RecoveryID
	l, err := eventstore.Load(ctx, s.Store, m.Stream(worker.RecoveryKind), s.recoveries)
	if err != nil {
		return nil, err
	}
	in := decide.RecoveryCompleted{Request: asked(m.Request), RecoveryID: id}
	if r, known := l.State.Recovery(id); known && l.State.Completed(id) {
		in.CompletedAt = r.EndedAt
	}
	return in, nil
}

// erasure deletes the keys before the commit that says so. A request that was answered before deletes nothing: the user may have come
// back since, with keys of their own.
func (s *shell) erasure(ctx context.Context, m moment) (decide.Input, error) {
	switch _, err := s.Store.ByCause(ctx, m.Stream(worker.EnrollmentKind), m.Cause); {
	case err == nil:
		return nil, eventstore.ErrCauseSeen
	case !errors.Is(err, eventstore.ErrNoCommit):
		return nil, err
	}
	return decide.ErasureRequested{Request: asked(m.Request)}, s.Rings.Delete(ctx, m.Platform, m.UserKey)
}
