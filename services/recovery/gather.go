package recovery

import (
	"context"
	"errors"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/services/recovery/internal/decide"
)

func asked(r decider.Request) decide.Request {
	return decide.Request{User: r.User, UserKey: r.UserKey, Cause: r.Cause.Key()}
}

func (s *shell) requested(ctx context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*recovery.Requested)
	known, err := s.knownLogin(ctx, m.Request, e.LoginID)
	return decide.Requested{
		Request: asked(m.Request), Evidence: m.evidence, LoginID: e.LoginID, LoginKnown: known,
		ReauthenticatedAt: e.ReauthenticatedAt, Locale: e.Locale, Key: m.person.Key,
	}, err
}

// knownLogin asks the guard's head, read after the request arrived.
func (s *shell) knownLogin(ctx context.Context, r decider.Request, id string) (bool, error) {
	l, err := eventstore.Load(ctx, s.Store, r.Stream(worker.GuardKind), s.guards)
	if err != nil {
		return false, err
	}
	_, known := l.State.Login(id)
	return known, nil
}

func (s *shell) support(ctx context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*recovery.SupportRequested)
	in := decide.SupportRequested{
		Request: asked(m.Request), Evidence: m.evidence, By: e.By, CaseRef: e.CaseRef, Unavailable: e.Unavailable, Key: m.person.Key,
	}
	var err error
	in.Reason, err = s.hide(ctx, m.Request, m.person.Key, in.Opens(), "reason", e.Reason)
	return in, err
}

func (s *shell) approval(ctx context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*recovery.ApprovalGiven)
	note, err := s.note(ctx, m, e.RecoveryID, e.Note)
	return decide.ApprovalGiven{
		Request: asked(m.Request), Evidence: m.evidence, RecoveryID: e.RecoveryID, By: e.By, Note: note,
	}, err
}

func (s *shell) denial(ctx context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*recovery.DenialGiven)
	note, err := s.note(ctx, m, e.RecoveryID, e.Note)
	return decide.DenialGiven{Request: asked(m.Request), RecoveryID: e.RecoveryID, By: e.By, Note: note}, err
}

// note hides what a second person wrote. A case that is not known has no key to hide it under, and no decision to keep it with.
func (s *shell) note(ctx context.Context, m moment, id string, text events.Secret) (string, error) {
	r, _ := m.state.Recovery(id)
	hidden, err := s.hide(ctx, m.Request, r.Key, id, "note", text)
	if errors.Is(err, keyring.ErrNoKeyring) { // the user was erased
		return "", nil
	}
	return hidden, err
}

// hide encrypts a text under the user's delivery key, bound to stream, case and field; "" for no text, and where there is no key: such a
// user is refused.
func (s *shell) hide(ctx context.Context, r decider.Request, k enrollment.Key, id, field string, text events.Secret) (string, error) {
	if text.IsZero() || k == (enrollment.Key{}) {
		return "", nil
	}
	key, err := s.Rings.Key(ctx, keyring.Delivery, r.Platform, r.UserKey, keyring.Ref{Keyring: k.Keyring, Number: k.Number})
	if err != nil {
		return "", err
	}
	return key.Seal(place(r.Stream(worker.RecoveryKind), id, field), text)
}

func (s *shell) cancellation(_ context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*recovery.CancellationRequested)
	return decide.CancellationRequested{Request: asked(m.Request), RecoveryID: e.RecoveryID, By: e.By}, nil
}

func (s *shell) expiry(_ context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*recovery.ExpiryDue)
	return decide.ExpiryDue{Request: asked(m.Request), RecoveryID: e.RecoveryID, ExpiresAt: e.ExpiresAt}, nil
}

func (s *shell) completion(_ context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*recovery.CompletionDue)
	return decide.CompletionDue{
		Request: asked(m.Request), Evidence: m.evidence, RecoveryID: e.RecoveryID, CompletesAt: e.CompletesAt,
	}, nil
}

// erased ends the case of a user whose enrollment's head says so; the message is a hint.
func (s *shell) erased(_ context.Context, m moment) (decide.Input, error) {
	return decide.UserErased{Request: asked(m.Request), ErasedAt: m.person.ErasedAt}, nil
}
