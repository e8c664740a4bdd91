package verify

import (
	"context"
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
	from := s.ahead(ctx, r)
	defer from.end()
	return s.guards.Handle(ctx, r, r.Stream(worker.GuardKind), func(ctx context.Context, l eventstore.Loaded[guard.State], now time.Time) (decider.Decision, error) {
		q, err := s.question(ctx, from, r, l.State, now)
		if err != nil {
			return decider.Decision{}, err
		}
		if q.in.Match, err = s.match(ctx, r, q, now); err != nil {
			p, _ := s.Policies(r.Platform)
			return decider.Decision{Policy: p.Hash}, err
		}
		return s.decide(r, l, now, q.in)
	})
}

// A question is an attempt beside one look at the enrollment.
type question struct {
	in     core.AttemptSubmitted
	with   core.Comparison
	judged bool                  // its code is to be compared with that
	app    enrollment.Enrollment // totp: with the seed of this one
	key    keyring.Loading       // from which follows what it is compared with
}

// question looks at the enrollment. While its head is read, the key is loaded that will be needed if what is held of it is still the last.
func (s *shell) question(ctx context.Context, from eventstore.Reader, r decider.Request, state guard.State, now time.Time) (q question, err error) {
	held, ok := s.known.Get(enrollmentOf(r.Platform, r.UserKey))
	if ok {
		q = s.ask(r, state, enrolled{held.State, held.Version}, now)
	}
	e, err := s.enrolledBy(ctx, from, r.Platform, r.UserKey)
	if err != nil || ok && e.version == held.Version {
		return q, err
	}
	return s.ask(r, state, e, now), nil
}

// ask has the core say what a code is compared with, and begins to load the key for it. A code is opened and compared only where it will be
// judged: nothing is to be learned from an attempt that is refused unseen.
func (s *shell) ask(r decider.Request, state guard.State, e enrolled, now time.Time) (q question) {
	asked := r.Event.(*guard.AttemptSubmitted)
	p, _ := s.Policies(r.Platform)
	q.in = core.AttemptSubmitted{
		User: r.User, ChallengeID: asked.ChallengeID, Factor: asked.Factor, Evidence: e.evidence(now), NoticeID: r.Derive("notice"),
	}
	if q.with, q.judged = core.ToCompare(state, q.in, &p, now); !q.judged {
		return q
	}
	q.app, _ = e.state.Enrollment(q.with.Enrolled.EnrollmentID)
	purpose, ref := q.keyOf()
	q.key = s.Rings.Begin(purpose, r.Platform, r.UserKey, ref)
	return q
}

func (q question) keyOf() (keyring.Purpose, keyring.Ref) {
	switch {
	case q.with.Codes != nil:
		return keyring.Seed, keyring.Ref{Keyring: q.with.Codes.Keyring, Number: q.with.Codes.Number}
	case q.with.Enrolled.Factor == events.TOTP:
		return keyring.Seed, keyring.Ref(q.app.Key)
	}
	c := q.with.Challenge
	return keyring.Delivery, keyring.Ref{Keyring: c.Keyring, Number: c.Number}
}

func (s *shell) match(ctx context.Context, r decider.Request, q question, now time.Time) (core.Match, error) {
	if !q.judged {
		return core.Match{}, nil
	}
	code, err := s.open(ctx, r)
	if err != nil {
		return core.Match{}, err
	}
	key, err := q.key.Key(ctx)
	if err != nil {
		return core.Match{}, err
	}
	p, _ := s.Policies(r.Platform)
	switch {
	case q.with.Codes != nil:
		return matchRecoveryCode(key, q.with.Codes, code), nil
	case q.with.Enrolled.Factor == events.TOTP:
		return q.matchSteps(key, r, code, totpOptions(q.app, p), now)
	}
	return q.matchSendings(key, code, p), nil
}

func (s *shell) open(ctx context.Context, r decider.Request) (events.Secret, error) {
	asked := r.Event.(*guard.AttemptSubmitted)
	return s.Open(ctx, r, worker.Field{
		Name: "code", ID: asked.ChallengeID, Clear: asked.Code, Sealed: asked.SealedCode, KeyID: asked.SealedKeyID,
	})
}

func (q question) matchSteps(key *keyring.DataKey, r decider.Request, code events.Secret, o totp.Options, now time.Time) (core.Match, error) {
	secret, err := worker.SeedUnder(key, r.Platform, r.UserKey, q.app)
	if err != nil {
		return core.Match{}, err
	}
	seed := []byte(secret.Reveal())
	m := core.Match{EnrollmentID: q.app.ID, Steps: totp.Steps(seed, code, shifted(now, o, q.with.Drift), o)}
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
func (q question) matchSendings(key *keyring.DataKey, code events.Secret, p policy.Policy) core.Match {
	typed := totp.Normalize(code)
	found := core.Match{EnrollmentID: q.with.Enrolled.EnrollmentID}
	for n := uint64(1); n <= q.with.Challenge.Sending; n++ {
		if key.MatchCode(q.with.Challenge.ID, n, p.Code.Digits, typed) {
			found.Sending = n
		}
	}
	return found
}
