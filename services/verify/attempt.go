package verify

import (
	"context"
	"errors"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/policy"
	"countersign/pkg/worker/totp"
	"countersign/services/verify/internal/core"
)

func (s *shell) attempt(ctx context.Context, r decider.Request) error {
	return s.guards.Handle(ctx, r, r.Stream(worker.GuardKind), func(ctx context.Context, l eventstore.Loaded[guard.State], now time.Time) (decider.Decision, error) {
		e, err := s.enrolled(ctx, r.Platform, r.UserKey)
		if err != nil {
			return decider.Decision{}, err
		}
		asked := r.Event.(*guard.AttemptSubmitted)
		in := core.AttemptSubmitted{
			User: r.User, ChallengeID: asked.ChallengeID, Factor: asked.Factor, Evidence: e.evidence(now), NoticeID: r.Derive("notice"),
		}
		if in.Match, err = s.match(ctx, r, l.State, e.state, in, now); err != nil {
			p, _ := s.Policies(r.Platform)
			return decider.Decision{Policy: p.Hash}, err
		}
		return s.decide(r, l, now, in)
	})
}

// match compares the code with what the core names. A code is opened and compared only where it will be judged: nothing
// is to be learned from an attempt that is refused unseen.
func (s *shell) match(ctx context.Context, r decider.Request, state guard.State, e enrollment.State, in core.AttemptSubmitted, now time.Time) (core.Match, error) {
	p, _ := s.Policies(r.Platform)
	with, ok := core.ToCompare(state, in, p, now)
	if !ok {
		return core.Match{}, nil
	}
	code, err := s.open(ctx, r)
	if err != nil {
		return core.Match{}, err
	}
	if with.Codes != nil {
		return s.matchRecoveryCode(ctx, r.Platform, r.UserKey, with.Codes, code)
	}
	if with.Enrolled.Factor == events.TOTP {
		return s.matchSteps(ctx, r, e, with, code, now)
	}
	return s.matchSendings(ctx, r, with, code)
}

func (s *shell) open(ctx context.Context, r decider.Request) (events.Secret, error) {
	asked := r.Event.(*guard.AttemptSubmitted)
	return s.Open(ctx, r, worker.Field{
		Name: "code", ID: asked.ChallengeID, Clear: asked.Code, Sealed: asked.SealedCode, KeyID: asked.SealedKeyID,
	})
}

func (s *shell) matchSteps(ctx context.Context, r decider.Request, e enrollment.State, with core.Comparison, code events.Secret, now time.Time) (core.Match, error) {
	id := with.Enrolled.EnrollmentID
	found, ok := e.Enrollment(id)
	if !ok {
		return core.Match{}, errors.New("match code: the enrollment went away between two looks at one state")
	}
	secret, err := s.Seed(ctx, r.Platform, r.UserKey, found)
	if err != nil {
		return core.Match{}, err
	}
	p, _ := s.Policies(r.Platform)
	seed := []byte(secret.Reveal())
	o := totpOptions(found, p)
	m := core.Match{EnrollmentID: id, Steps: totp.Steps(seed, code, shifted(now, o, with.Drift), o)}
	if len(m.Steps) == 0 {
		m.Far = farSteps(seed, code, now, o)
	}
	return m, nil
}

// shifted is what a clock shows that is ahead by steps.
func shifted(now time.Time, o totp.Options, steps int) time.Time {
	return now.Add(time.Duration(steps) * o.Period)
}

// farSteps are all steps within core.MaxDrift that code fits.
func farSteps(seed []byte, code events.Secret, now time.Time, o totp.Options) []uint64 {
	o.Back, o.Forward = core.MaxDrift/2, core.MaxDrift/2
	behind := totp.Steps(seed, code, shifted(now, o, -core.MaxDrift/2), o)
	o.Back-- // the present step was among those
	return append(behind, totp.Steps(seed, code, shifted(now, o, core.MaxDrift/2), o)...)
}

func totpOptions(e enrollment.Enrollment, p policy.Policy) totp.Options {
	return totp.Options{
		Algorithm: e.Algorithm, Digits: e.Digits, Period: time.Duration(e.Period) * time.Second,
		Back: p.TOTP.Back, Forward: p.TOTP.Forward,
	}
}

// matchSendings compares with every sending of the challenge: an old code is told from a wrong one.
func (s *shell) matchSendings(ctx context.Context, r decider.Request, with core.Comparison, code events.Secret) (core.Match, error) {
	c := with.Challenge
	key, err := s.Rings.Key(ctx, keyring.Delivery, r.Platform, r.UserKey, keyring.Ref{Keyring: c.Keyring, Number: c.Number})
	if err != nil {
		return core.Match{}, err
	}
	p, _ := s.Policies(r.Platform)
	typed := totp.Normalize(code)
	found := core.Match{EnrollmentID: with.Enrolled.EnrollmentID}
	for n := uint64(1); n <= c.Sending; n++ {
		if key.MatchCode(c.ID, n, p.Code.Digits, typed) {
			found.Sending = n
		}
	}
	return found, nil
}
