// Package verify is the worker that judges codes: it issues challenges, counts wrong codes, and says whether a login passes.
//
// It owns the streams guard/<userkey>. Every acceptance and every waiver comes from a read of the enrollment's head made after the
// message arrived. The rules are in internal/core, which sees no clock, key or store; this package gathers what they need.
package verify

import (
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
)

// Worker is verify, for worker.Start.
func Worker() worker.Worker {
	return worker.Worker{
		Name: "verify", Kinds: []string{worker.GuardKind},
		Hears: []string{
			guard.LoginStartedType, guard.AttemptSubmittedType, guard.ResendRequestedType, guard.UnlockRequestedType, guard.ExpiryDueType,
			enrollment.FactorRemovedType, enrollment.UserErasedType,
		},
		Lanes: lanes,
		Table: func(k worker.Kit) worker.Table { return newShell(k).table() },
	}
}

// A shell gathers evidence for the core and carries out what it decides.
type shell struct {
	worker.Kit
	guards      decider.Handler[guard.State]
	enrollments eventstore.Fold[enrollment.State]
	known       *eventstore.Shelf[enrollment.State] // what is in it counts once its stream is seen to end there
}

// lanes fill two batches of the store's: one is gathered while the other goes to the disk.
const lanes = 512

// held is how many users' streams are at hand: those of whoever is between password and code, on a busy day.
const held = 8192

func newShell(k worker.Kit) *shell {
	s := &shell{
		Kit: k, guards: worker.Owner(k, k.Guards()), enrollments: k.Enrollments(), known: eventstore.NewShelf[enrollment.State](held),
	}
	s.guards.Held = eventstore.NewShelf[guard.State](held)
	return s
}

func (s *shell) table() worker.Table {
	return worker.Table{
		Routes: []decider.Route{
			{Type: guard.LoginStartedType, MaxAge: worker.Fresh, Handle: s.login},
			{Type: guard.AttemptSubmittedType, MaxAge: worker.Fresh, Handle: s.attempt},
			{Type: guard.ResendRequestedType, MaxAge: worker.Fresh, Handle: s.resend},
			{Type: guard.UnlockRequestedType, Handle: s.unlock},
			{Type: guard.ExpiryDueType, Handle: s.expire},
			{Type: enrollment.FactorRemovedType, Handle: s.removed},
			{Type: enrollment.UserErasedType, Handle: s.erased},
		},
		Endpoints: []bus.Endpoint{
			{Entity: guard.LoginStatusEntity, Verb: guard.LoginStatusVerb, Answer: s.loginStatus},
			{Entity: guard.UserStatusEntity, Verb: guard.UserStatusVerb, Answer: s.userStatus},
			{Entity: guard.UserTimelineEntity, Verb: guard.UserTimelineVerb, Answer: s.userTimeline},
			{Entity: guard.JudgeEntity, Verb: guard.JudgeVerb, Answer: s.judge},
		},
	}
}
