// Package verify is the worker that judges codes: it issues challenges, counts wrong codes, and says whether a login passes.
//
// It owns the streams guard/<userkey>. Every acceptance and every waiver comes from a read of the enrollment's head made after the
// message arrived. The rules are in internal/core, which sees no clock, key or store; this package gathers what they need.
package verify

import (
	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
)

// Kinds of streams that verify reads; the first is its own.
const (
	guardKind      = "guard"
	enrollmentKind = "enrollment"
)

// Worker is verify, for worker.Start.
func Worker() worker.Worker {
	return worker.Worker{
		Name: "verify", Kinds: []string{guardKind},
		Hears: []string{
			guard.LoginStartedType, guard.AttemptSubmittedType, guard.ResendRequestedType, guard.UnlockRequestedType, guard.ExpiryDueType,
		},
		Table: func(k worker.Kit) worker.Table { return newShell(k).table() },
	}
}

// A shell gathers evidence for the core and carries out what it decides.
type shell struct {
	worker.Kit
	guards      decider.Handler[guard.State]
	guardFold   eventstore.Fold[guard.State]
	enrollments eventstore.Fold[enrollment.State]
}

func newShell(k worker.Kit) *shell {
	fold := eventstore.Fold[guard.State]{
		Kind: guardKind, Number: guard.Fold, Reads: guard.Fold + 1, Decode: k.Registry.DecodeStored, Evolve: guard.Evolve,
	}
	return &shell{
		Kit:       k,
		guardFold: fold,
		guards:    decider.Handler[guard.State]{Store: k.Store, Fold: fold, Outbox: k.Outbox, Policy: k.PolicyHash},
		enrollments: eventstore.Fold[enrollment.State]{
			Kind: enrollmentKind, Number: enrollment.Fold, Reads: enrollment.Fold + 1, Decode: k.Registry.DecodeStored, Evolve: enrollment.Evolve,
		},
	}
}

func (s *shell) table() worker.Table {
	return worker.Table{
		Routes: []decider.Route{
			{Type: guard.LoginStartedType, MaxAge: worker.Fresh, Handle: s.login},
			{Type: guard.AttemptSubmittedType, MaxAge: worker.Fresh, Handle: s.attempt},
			{Type: guard.ResendRequestedType, MaxAge: worker.Fresh, Handle: s.resend},
			{Type: guard.UnlockRequestedType, Handle: s.unlock},
			{Type: guard.ExpiryDueType, Handle: s.expire},
		},
		Endpoints: []bus.Endpoint{
			{Entity: guard.LoginStatusEntity, Verb: guard.LoginStatusVerb, Answer: s.loginStatus},
			{Entity: guard.UserStatusEntity, Verb: guard.UserStatusVerb, Answer: s.userStatus},
			{Entity: guard.UserTimelineEntity, Verb: guard.UserTimelineVerb, Answer: s.userTimeline},
		},
	}
}

func notYet() error {
	return &events.Rejection{Code: events.NotAllowed, Message: "is not offered by this release"}
}
