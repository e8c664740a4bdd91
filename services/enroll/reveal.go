package enroll

import (
	"context"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/policy"
	"countersign/services/enroll/internal/codefile"
	"countersign/services/enroll/internal/decide"
	"countersign/services/enroll/internal/provision"
)

// provisioning shows the seed of a pending enrollment; that of an active one costs a step-up, which is kept before the reply.
func (s *shell) provisioning(ctx context.Context, platform string, body []byte) (any, error) {
	q, p, err := worker.Question[enrollment.ProvisioningRequest](s.Kit, platform, body)
	if err != nil {
		return nil, err
	}
	r := s.asking(platform, q.User, "provisioning")
	state, err := s.permitted(ctx, r, func(ctx context.Context, m moment) (decide.Input, error) {
		login, err := s.loginOf(ctx, m, q.LoginID)
		return decide.ProvisioningAsked{Request: asked(r), EnrollmentID: q.EnrollmentID, Login: login}, err
	})
	if err != nil {
		return nil, err
	}
	found, _ := state.Enrollment(q.EnrollmentID)
	return s.provision(ctx, r, found, p)
}

func (s *shell) provision(ctx context.Context, r decider.Request, e enrollment.Enrollment, p policy.Policy) (any, error) {
	seed, err := s.Seed(ctx, r.Platform, r.UserKey, e)
	if err != nil {
		return nil, err
	}
	account := events.NewSecret(r.User)
	if e.Label != "" {
		place := s.place(moment{Request: r}, "label")
		account, err = s.Rings.OpenText(ctx, keyring.Delivery, r.Platform, r.UserKey, e.Key.Keyring, place, e.Label)
		if err != nil {
			return nil, err
		}
	}
	return provision.Write(provision.Seed{
		Bytes: []byte(seed.Reveal()), Issuer: p.TOTP.Issuer, Account: account,
		Algorithm: e.Algorithm, Digits: e.Digits, Period: e.Period,
	})
}

// reveal shows a set of recovery codes once; that it was shown is kept before the reply.
func (s *shell) reveal(ctx context.Context, platform string, body []byte) (any, error) {
	q, p, err := worker.Question[enrollment.RevealRequest](s.Kit, platform, body)
	if err != nil {
		return nil, err
	}
	r := s.asking(platform, q.User, "reveal")
	state, err := s.permitted(ctx, r, func(ctx context.Context, m moment) (decide.Input, error) {
		used, err := s.used(ctx, m, q.SetID)
		return decide.RevealAsked{Request: asked(r), SetID: q.SetID, Used: used}, err
	})
	if err != nil {
		return nil, err
	}
	set := state.RecoveryCodes
	if set == nil || set.SetID != q.SetID {
		return nil, &events.Rejection{Code: events.NotFound, Field: "set_id", Message: "names a set that was replaced a moment ago"}
	}
	return s.codes(ctx, r, state, p)
}

// used reports whether the guard's head, read after the question arrived, knows a code of the set as used.
func (s *shell) used(ctx context.Context, m moment, setID string) (bool, error) {
	stream := eventstore.Stream{Platform: m.Platform, Kind: worker.GuardKind, UserKey: m.UserKey}
	g, err := eventstore.Load(ctx, s.Store, stream, s.guards)
	return g.State.CodesLeft(setID, 1) == 0, err
}

func (s *shell) codes(ctx context.Context, r decider.Request, state enrollment.State, p policy.Policy) (any, error) {
	set := state.RecoveryCodes
	ref := keyring.Ref{Keyring: set.Key.Keyring, Number: set.Key.Number}
	key, err := s.Rings.Key(ctx, keyring.Seed, r.Platform, r.UserKey, ref)
	if err != nil {
		return nil, err
	}
	file := codefile.Set{Platform: r.Platform, Brand: p.Brand, Locale: p.Locale, Made: set.GeneratedAt}
	if newest, ok := state.Default(); ok && newest.Locale != "" {
		file.Locale = newest.Locale
	}
	for i := range set.Count {
		file.Codes = append(file.Codes, key.RecoveryCode(set.SetID, i))
	}
	return enrollment.Revealed{Codes: file.Codes, FileName: file.Name(), FileText: file.Text()}, nil
}
