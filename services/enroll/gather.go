package enroll

import (
	"context"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/failpoint"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/totp"
	"countersign/services/enroll/internal/decide"
)

func (s *shell) requested(ctx context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*enrollment.Requested)
	ref, err := s.Rings.Create(ctx, m.Platform, m.UserKey)
	if err != nil {
		return nil, err
	}
	failpoint.At(failpoint.Keyed)
	failpoint.Taste(m.User)
	in := decide.Requested{
		Request: asked(m.Request), Factor: e.Factor, Locale: e.Locale, ReauthenticatedAt: e.ReauthenticatedAt,
		Key: keyOf(ref),
	}
	if in.Email, err = s.email(ctx, m, worker.Field{ID: m.Envelope.ID, Clear: e.Email, Sealed: e.SealedEmail, KeyID: e.SealedKeyID}); err != nil {
		return nil, err
	}
	if in.Phone, err = s.phone(ctx, m, worker.Field{ID: m.Envelope.ID, Clear: e.Phone, Sealed: e.SealedPhone, KeyID: e.SealedKeyID}); err != nil {
		return nil, err
	}
	if in.Label, err = s.hide(ctx, m, ref, "label", e.AccountLabel); err != nil {
		return nil, err
	}
	in.Login, err = s.loginOf(ctx, m, e.LoginID)
	return in, err
}

func (s *shell) resend(_ context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*enrollment.ResendRequested)
	return decide.ResendRequested{Request: asked(m.Request), EnrollmentID: e.EnrollmentID}, nil
}

func (s *shell) expiry(_ context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*enrollment.ExpiryDue)
	return decide.ExpiryDue{Request: asked(m.Request), EnrollmentID: e.EnrollmentID}, nil
}

func (s *shell) code(ctx context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*enrollment.CodeSubmitted)
	code, err := s.Open(ctx, m.Request, worker.Field{
		Name: "code", ID: e.EnrollmentID, Clear: e.Code, Sealed: e.SealedCode, KeyID: e.SealedKeyID,
	})
	if err != nil {
		return nil, err
	}
	in := decide.CodeSubmitted{Request: asked(m.Request), EnrollmentID: e.EnrollmentID, ReauthenticatedAt: e.ReauthenticatedAt}
	if in.Login, err = s.loginOf(ctx, m, e.LoginID); err != nil {
		return nil, err
	}
	p, ok := m.state.Pending(m.now)
	if !ok || p.ID != e.EnrollmentID {
		return in, nil // there is nothing to compare with
	}
	return s.compare(ctx, m, p, in, code)
}

func (s *shell) compare(ctx context.Context, m moment, p enrollment.Pending, in decide.CodeSubmitted, code events.Secret) (decide.Input, error) {
	if p.Factor != events.TOTP {
		key, err := s.Rings.Key(ctx, keyring.Delivery, m.Platform, m.UserKey, keyring.Ref{Keyring: p.Key.Keyring, Number: p.Key.Number})
		if err != nil {
			return nil, err
		}
		in.Sent = key.MatchCode(p.ID, p.Sending, p.Digits, totp.Normalize(code))
		return in, nil
	}
	seed, err := s.Seed(ctx, m.Platform, m.UserKey, p.Enrollment)
	if err != nil {
		return nil, err
	}
	policy, _ := s.Policies(m.Platform)
	in.Steps = totp.Steps([]byte(seed.Reveal()), code, m.now, totp.Options{
		Algorithm: p.Algorithm, Digits: p.Digits, Period: time.Duration(p.Period) * time.Second,
		Back: policy.TOTP.Back, Forward: policy.TOTP.Forward,
	})
	return in, nil
}

// loginOf says what the guard's head, read after the request arrived, knows of a login. The bus's word for it would not do.
func (s *shell) loginOf(ctx context.Context, m moment, id string) (decide.Login, error) {
	if id == "" {
		return decide.Login{}, nil
	}
	stream := eventstore.Stream{Platform: m.Platform, Kind: worker.GuardKind, UserKey: m.UserKey}
	g, err := eventstore.Load(ctx, s.Store, stream, s.guards)
	if err != nil {
		return decide.Login{}, err
	}
	l, known := g.State.Login(id)
	found := decide.Login{ID: id, StartedUnproven: known && !l.HadFactor()}
	if known && l.AcceptedWithin(enrollment.SpentLife, m.now) {
		found.AcceptedAt = l.EndedAt
	}
	return found, nil
}
