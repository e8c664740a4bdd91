// Package recovery is the worker for the lost device: it carries a case from the first event to the removed factor, on pages for the user
// and by events for support.
//
// It owns the streams recovery/<userkey>. It removes nothing: enroll reads from the stream that a case is through. The rules are in
// internal/decide, which sees no clock, key, store, link, code or address; this package gathers what they need.
package recovery

import (
	"context"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/policy"
	"countersign/services/recovery/internal/captcha"
	"countersign/services/recovery/internal/decide"
)

// Hears is what recovery listens to: its durables and permissions follow from it, whatever its configuration.
func Hears() []string {
	var names []string
	for _, r := range (&shell{}).routes() {
		names = append(names, r.Type)
	}
	return names
}

// with makes the worker with a provider of captchas.
func with(provider func(worker.Kit) captcha.Provider, insecure bool) worker.Worker {
	return worker.Worker{
		Name: recovery.Worker, Kinds: []string{worker.RecoveryKind}, Hears: Hears(),
		Table: func(k worker.Kit) worker.Table { return newShell(k, provider(k), insecure).table() },
	}
}

// A shell gathers evidence for the rules and carries out what they decide.
type shell struct {
	worker.Kit
	captcha     captcha.Provider
	insecure    bool // the pages are reached by plain HTTP
	recoveries  decider.Handler[recovery.State]
	enrollments eventstore.Fold[enrollment.State]
	guards      eventstore.Fold[guard.State]
}

func newShell(k worker.Kit, p captcha.Provider, insecure bool) *shell {
	return &shell{
		Kit: k, captcha: p, insecure: insecure, recoveries: worker.Owner(k, k.Recoveries()), enrollments: k.Enrollments(), guards: k.Guards(),
	}
}

func (s *shell) table() worker.Table {
	return worker.Table{
		Routes: s.routes(),
		Endpoints: []bus.Endpoint{
			{Entity: "recovery", Verb: "status", Answer: s.status},
			{Entity: "recovery", Verb: "list", Answer: s.list},
		},
		Pages: s.pages(),
	}
}

func (s *shell) routes() []decider.Route {
	return []decider.Route{
		{Type: recovery.RequestedType, Handle: s.handle(s.requested)},
		{Type: recovery.SupportRequestedType, Handle: s.handle(s.support)},
		{Type: recovery.ApprovalGivenType, Handle: s.handle(s.approval)},
		{Type: recovery.DenialGivenType, Handle: s.handle(s.denial)},
		{Type: recovery.CancellationRequestedType, Handle: s.handle(s.cancellation)},
		{Type: recovery.ExpiryDueType, Handle: s.handle(s.expiry)},
		{Type: recovery.CompletionDueType, Handle: s.handle(s.completion)},
		{Type: enrollment.UserErasedType, Handle: s.handle(s.erased)},
	}
}

// A moment is the stream as it is when a request is decided, and what the enrollment's head showed after it arrived.
type moment struct {
	decider.Request
	state    recovery.State
	person   enrollment.State
	evidence *decide.Evidence
	now      time.Time
}

// gather brings the evidence for one kind of request.
type gather func(ctx context.Context, m moment) (decide.Input, error)

func (s *shell) handle(input gather) func(context.Context, decider.Request) error {
	return func(ctx context.Context, r decider.Request) error {
		_, err := s.settle(ctx, r, input)
		return err
	}
}

// settle brings r to its one effect and says what a page has to tell of it.
func (s *shell) settle(ctx context.Context, r decider.Request, input gather) (told decide.Problem, err error) {
	err = s.recoveries.Handle(ctx, r, r.Stream(worker.RecoveryKind), func(ctx context.Context, l eventstore.Loaded[recovery.State], now time.Time) (decider.Decision, error) {
		person, err := s.person(ctx, r.Platform, r.UserKey)
		if err != nil {
			return decider.Decision{}, err
		}
		in, err := input(ctx, moment{r, l.State, person, evidence(person), now})
		if err != nil {
			return decider.Decision{}, err
		}
		d, problem, err := s.decide(r, l, in, now)
		told = problem
		return d, err
	})
	return told, err
}

// decide puts the question to the rules under the platform's policy.
func (s *shell) decide(r decider.Request, l eventstore.Loaded[recovery.State], in decide.Input, now time.Time) (d decider.Decision, told decide.Problem, err error) {
	p, ok := s.Policies(r.Platform)
	if !ok {
		return d, "", &events.Rejection{Code: events.UnknownPlatform, Message: "this platform has no policy here"}
	}
	d, err = s.recoveries.Take(r, l, now, in, func(state recovery.State) (decider.Decision, error) {
		made, no := decide.Decide(state, in, p, now)
		told = made.Problem
		return decided(r, p, made, no)
	})
	return d, told, err
}

func decided(r decider.Request, p policy.Policy, made decide.Decision, no *events.Rejection) (decider.Decision, error) {
	if !made.Early.IsZero() {
		return decider.Decision{}, decider.Early(made.Early)
	}
	d := decider.Decision{Events: made.Events}
	if no != nil {
		d = decider.Refused(r, no)
	}
	d.Policy = p.Hash
	for _, t := range made.Timers {
		d.Timers = append(d.Timers, decider.Timer{Event: t.Event, At: t.At})
	}
	return d, nil
}

func evidence(person enrollment.State) *decide.Evidence {
	return &decide.Evidence{HasFactor: person.HasFactor(), Email: contact(person.Email), Phone: contact(person.Phone)}
}

func contact(k *enrollment.Kept) *decide.Contact {
	if k == nil {
		return nil
	}
	return &decide.Contact{Hint: k.Hint, Since: k.Since, Replaced: k.Replaced}
}
