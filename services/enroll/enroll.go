// Package enroll is the worker that owns a user's factors: it makes secrets, judges the code that activates, and keeps contacts.
//
// It owns the streams enrollment/<userkey> and alone writes keyrings. No secret leaves it but in the replies to enrollment.provisioning and
// recovery_codes.reveal.
// The rules are in internal/decide, which sees no clock, key, store, code or address; this package gathers what they need.
package enroll

import (
	"context"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/policy"
	"countersign/services/enroll/internal/decide"
)

// Worker is enroll, for worker.Start.
func Worker() worker.Worker {
	return worker.Worker{
		Name: enrollment.Worker, Kinds: []string{worker.EnrollmentKind}, Hears: hears(),
		Table: func(k worker.Kit) worker.Table { return newShell(k).table() },
	}
}

func hears() []string {
	var names []string
	for _, r := range (&shell{}).routes() {
		names = append(names, r.Type)
	}
	return names
}

// A shell gathers evidence for the rules and carries out what they decide.
type shell struct {
	worker.Kit
	enrollments decider.Handler[enrollment.State]
	guards      eventstore.Fold[guard.State]
	recoveries  eventstore.Fold[recovery.State]

	notifications eventstore.Fold[notification.State]
}

func newShell(k worker.Kit) *shell {
	return &shell{Kit: k, enrollments: worker.Owner(k, k.Enrollments()), guards: k.Guards(), recoveries: k.Recoveries(), notifications: k.Notifications()}
}

func (s *shell) table() worker.Table {
	return worker.Table{
		Routes: s.routes(),
		Endpoints: []bus.Endpoint{
			{Entity: "enrollment", Verb: "provisioning", Answer: s.provisioning},
			{Entity: "recovery_codes", Verb: "reveal", Answer: s.reveal},
			{Entity: "keys", Verb: "public", Answer: s.publicKeys},
		},
	}
}

func (s *shell) routes() []decider.Route {
	return []decider.Route{
		{Type: enrollment.RequestedType, Handle: s.handle(s.requested)},
		{Type: enrollment.ResendRequestedType, MaxAge: worker.Fresh, Handle: s.handle(s.resend)},
		{Type: enrollment.CodeSubmittedType, Handle: s.handle(s.code)},
		{Type: enrollment.RemovalRequestedType, Handle: s.handle(s.removal)},
		{Type: enrollment.RecoveryCodesRequestedType, Handle: s.handle(s.recoveryCodes)},
		{Type: enrollment.ContactsReportedType, Handle: s.handle(s.contacts)},
		{Type: enrollment.RequirementRequestedType, Handle: s.handle(s.requirement)},
		{Type: enrollment.ResetRequestedType, Handle: s.handle(s.reset)},
		{Type: enrollment.ImportRequestedType, Handle: s.handle(s.imported)},
		{Type: enrollment.ErasureRequestedType, Handle: s.handle(s.erasure)},
		{Type: enrollment.ExpiryDueType, Handle: s.handle(s.expiry)},
		{Type: recovery.CompletedType, Handle: s.handle(s.recovered)},
		{Type: notification.FailedType, Handle: s.handle(s.failed)},
		{Type: notification.DeliveredType, Handle: s.handle(s.arrived)},
	}
}

// A moment is the stream as it is when a request is decided.
type moment struct {
	decider.Request
	state enrollment.State
	now   time.Time
}

// gather brings the evidence for one kind of request.
type gather func(ctx context.Context, m moment) (decide.Input, error)

func (s *shell) handle(input gather) func(context.Context, decider.Request) error {
	return func(ctx context.Context, r decider.Request) error {
		return s.enrollments.Handle(ctx, r, r.Stream(worker.EnrollmentKind), func(ctx context.Context, l eventstore.Loaded[enrollment.State], now time.Time) (decider.Decision, error) {
			in, err := input(ctx, moment{r, l.State, now})
			if err != nil {
				p, _ := s.Policies(r.Platform)
				return decider.Decision{Policy: p.Hash}, err
			}
			return s.decide(r, l, in, now)
		})
	}
}

// decide puts the question to the rules under the platform's policy.
func (s *shell) decide(r decider.Request, l eventstore.Loaded[enrollment.State], in decide.Input, now time.Time) (decider.Decision, error) {
	p, ok := s.Policies(r.Platform)
	if !ok {
		return decider.Decision{}, &events.Rejection{Code: events.UnknownPlatform, Message: "this platform has no policy here"}
	}
	return s.enrollments.Take(r, l, now, in, func(state enrollment.State) (decider.Decision, error) { return decided(r, state, in, p, now) })
}

func decided(r decider.Request, state enrollment.State, in decide.Input, p policy.Policy, now time.Time) (decider.Decision, error) {
	made, no := decide.Decide(state, in, p, now)
	if no != nil {
		d := decider.Refused(r, no)
		d.Policy = p.Hash
		return d, nil
	}
	if made.Early {
		return decider.Decision{}, decider.Early(state.Open.ExpiresAt)
	}
	d := decider.Decision{Events: made.Events, Policy: p.Hash}
	for _, t := range made.Timers {
		d.Timers = append(d.Timers, decider.Timer{Event: t.Event, At: t.At})
	}
	return d, nil
}

func asked(r decider.Request) decide.Request {
	return decide.Request{User: r.User, Cause: r.Cause.Key(), ID: r.Envelope.ID}
}
