package enroll

import (
	"context"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/services/enroll/internal/decide"
)

// imported opens the seed only to hide it again under the user's own key.
func (s *shell) imported(ctx context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*enrollment.ImportRequested)
	seed, err := s.importedSeed(ctx, m, e)
	if err != nil {
		return nil, err
	}
	ref, err := s.Rings.Create(ctx, m.Platform, m.UserKey)
	if err != nil {
		return nil, err
	}
	p, _ := s.Policies(m.Platform)
	in := decide.ImportRequested{Request: asked(m.Request), Key: keyOf(ref), By: e.By, App: enrollment.ImportedApp{
		Algorithm: e.Algorithm, Digits: e.Digits, Period: e.Period, Locale: p.Locale,
	}}
	if in.Same, err = s.sameApp(ctx, m, in.App, seed); err != nil {
		return nil, err
	}
	if in.Last, err = s.lastStep(ctx, m); err != nil {
		return nil, err
	}
	return s.hidden(ctx, m, in, ref, seed, e.AccountLabel)
}

func (s *shell) lastStep(ctx context.Context, m moment) (uint64, error) {
	g, err := eventstore.Load(ctx, s.Store, m.Stream(worker.GuardKind), s.guards)
	return g.State.LastStep.Step, err
}

func (s *shell) importedSeed(ctx context.Context, m moment, e *enrollment.ImportRequested) (events.Secret, error) {
	seed, err := s.Open(ctx, m.Request, worker.Field{Name: "seed", ID: m.Envelope.ID, Sealed: e.SealedSeed, KeyID: e.SealedKeyID})
	if err != nil {
		return seed, err
	}
	if n := len(seed.Reveal()); n < enrollment.MinSeed || n > enrollment.MaxSeed {
		return seed, &events.Rejection{Code: events.Invalid, Field: "sealed_seed", Message: "does not hold 10 to 64 bytes: seal the seed itself, not its base32"}
	}
	return seed, nil
}

// sameApp reports whether the active app shows the same codes: bringing it again changes nothing.
func (s *shell) sameApp(ctx context.Context, m moment, app enrollment.ImportedApp, seed events.Secret) (bool, error) {
	a, ok := m.state.Factor(events.TOTP)
	if !ok || a.Algorithm != app.Algorithm || a.Digits != app.Digits || a.Period != app.Period {
		return false, nil
	}
	old, err := s.Seed(ctx, m.Platform, m.UserKey, a.Enrollment)
	return err == nil && old.Equal(seed), err
}

func (s *shell) hidden(ctx context.Context, m moment, in decide.ImportRequested, ref keyring.Ref, seed, label events.Secret) (decide.Input, error) {
	var err error
	if in.App.Seed, err = s.HideSeed(ctx, m.Platform, m.UserKey, decide.ImportID(in.Request), ref, seed); err != nil {
		return nil, err
	}
	in.App.Label, err = s.hide(ctx, m, ref, "label", label)
	return in, err
}
