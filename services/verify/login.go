package verify

import (
	"context"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/policy"
	"countersign/services/verify/internal/core"
)

func (s *shell) login(ctx context.Context, r decider.Request) error {
	loaded := func() {}
	err := s.guards.Handle(ctx, r, r.Stream(worker.GuardKind), func(ctx context.Context, l eventstore.Loaded[guard.State], now time.Time) (decider.Decision, error) {
		d, err := s.decideLogin(ctx, s.enrolled, r, l, now)
		if err == nil && waives(d) && d.Uncommitted { // no append fences this read: only a linearizable one may open the door
			return s.decideLogin(ctx, s.enrolledProven, r, l, now)
		}
		loaded = s.loadKey(ctx, r, d)
		return d, err
	})
	loaded()
	return err
}

// loadKey begins to load the key that the challenge's code will be compared with, and returns what waits for it: between password and code a
// user gives it time. Where it fails, the attempt loads it.
func (s *shell) loadKey(ctx context.Context, r decider.Request, d decider.Decision) (loaded func()) {
	for _, e := range d.Events {
		if c, ok := e.(*guard.ChallengeIssued); ok {
			key := s.Rings.Begin(purposeOf(c.Factor), r.Platform, r.UserKey, keyring.Ref{Keyring: c.Record.Keyring, Number: c.Record.Number})
			return func() { _, _ = key.Key(ctx) }
		}
	}
	return func() {}
}

func purposeOf(f events.Factor) keyring.Purpose {
	if f == events.TOTP {
		return keyring.Seed
	}
	return keyring.Delivery
}

// A look shows how a user is enrolled.
type look func(ctx context.Context, platform, userkey string) (enrolled, error)

func (s *shell) decideLogin(ctx context.Context, at look, r decider.Request, l eventstore.Loaded[guard.State], now time.Time) (decider.Decision, error) {
	e, err := at(ctx, r.Platform, r.UserKey)
	if err != nil {
		return decider.Decision{}, err
	}
	asked := r.Event.(*guard.LoginStarted)
	d, err := s.decide(r, l, now, core.LoginStarted{
		User: r.User, LoginID: asked.LoginID, Purpose: asked.Purpose, Factor: asked.Factor, Locale: asked.Locale,
		Evidence: e.evidence(now), ChallengeID: r.Derive("challenge"), NotificationID: r.Derive("notification"),
	})
	d.Uncommitted = d.Uncommitted || waives(d) && l.Version == 0 && e.version == 0
	return d, err
}

// waives reports whether d lets the login pass without a code. That of a user without any stream is not kept: whoever asks
// about users that there are not would fill the store.
func waives(d decider.Decision) bool {
	if len(d.Events) != 1 {
		return false
	}
	_, ok := d.Events[0].(*guard.ChallengeWaived)
	return ok
}

func (s *shell) resend(ctx context.Context, r decider.Request) error {
	return s.guards.Handle(ctx, r, r.Stream(worker.GuardKind), func(ctx context.Context, l eventstore.Loaded[guard.State], now time.Time) (decider.Decision, error) {
		e, err := s.evidenceFor(ctx, r, now)
		if err != nil {
			return decider.Decision{}, err
		}
		asked := r.Event.(*guard.ResendRequested)
		return s.decide(r, l, now, core.ResendRequested{
			User: r.User, ChallengeID: asked.ChallengeID, Factor: asked.Factor, Evidence: e, NotificationID: r.Derive("notification"),
		})
	})
}

func (s *shell) unlock(ctx context.Context, r decider.Request) error {
	return s.guards.Handle(ctx, r, r.Stream(worker.GuardKind), func(_ context.Context, l eventstore.Loaded[guard.State], now time.Time) (decider.Decision, error) {
		asked := r.Event.(*guard.UnlockRequested)
		return s.decide(r, l, now, core.UnlockRequested{User: r.User, By: asked.By, Factor: asked.Factor})
	})
}

func (s *shell) expire(ctx context.Context, r decider.Request) error {
	return s.guards.Handle(ctx, r, r.Stream(worker.GuardKind), func(_ context.Context, l eventstore.Loaded[guard.State], now time.Time) (decider.Decision, error) {
		due := r.Event.(*guard.ChallengeExpiryDue)
		d, err := s.decide(r, l, now, core.ChallengeExpiryDue{User: r.User, ChallengeID: due.ChallengeID})
		if err == nil && len(d.Events) == 0 && len(d.Timers) > 0 {
			return d, decider.Early(d.Timers[0].At)
		}
		return d, err
	})
}

// decide puts the question to the core under the platform's policy.
func (s *shell) decide(r decider.Request, l eventstore.Loaded[guard.State], now time.Time, in core.Input) (decider.Decision, error) {
	p, ok := s.Policies(r.Platform)
	if !ok {
		return decider.Decision{}, &events.Rejection{Code: events.UnknownPlatform, Message: "this platform has no policy here"}
	}
	asked := asked{r.User, r.Envelope.ID, r.Envelope.Type}
	return s.guards.Take(r, l, now, in, func(state guard.State) (decider.Decision, error) { return asked.decided(state, in, &p, now), nil })
}

// asked is what a refusal says of the request: the whole of it would be kept beside each decision.
type asked struct{ user, id, name string }

func (a asked) decided(state guard.State, in core.Input, p *policy.Policy, now time.Time) decider.Decision {
	made, no := core.Decide(state, in, p, now)
	if no != nil {
		d := decider.Refused(decider.Request{User: a.user, Envelope: events.Envelope{ID: a.id, Type: a.name}}, no)
		d.Policy = p.Hash
		return d
	}
	d := decider.Decision{Events: made.Events, Policy: p.Hash}
	for _, t := range made.Timers {
		d.Timers = append(d.Timers, decider.Timer{Event: t.Event, At: t.At})
	}
	return d
}
