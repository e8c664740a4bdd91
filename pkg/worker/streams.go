package worker

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
)

// Kinds of streams, each a collection with a role of its own.
const (
	GuardKind        = "guard"        // guard/<userkey>: verify's
	EnrollmentKind   = "enrollment"   // enrollment/<userkey>: enroll's
	NotificationKind = "notification" // notification/<userkey>/<id>: the notifier's
	RecoveryKind     = "recovery"     // recovery/<userkey>: recovery's
)

// What asks for nothing new does not fill these streams.
var _ = []decider.Steady{guard.State{}, enrollment.State{}, recovery.State{}}

// Guards, Enrollments, Notifications and Recoveries are the public folds, for the owner of a stream and for whoever reads it. Each reads states of the
// next release, too, so that old and new workers run beside each other.
func (k Kit) Guards() eventstore.Fold[guard.State] {
	return fold(k, GuardKind, guard.Fold, guard.Evolve)
}

func (k Kit) Enrollments() eventstore.Fold[enrollment.State] {
	return fold(k, EnrollmentKind, enrollment.Fold, enrollment.Evolve)
}

func (k Kit) Notifications() eventstore.Fold[notification.State] {
	return fold(k, NotificationKind, notification.Fold, notification.Evolve)
}

func (k Kit) Recoveries() eventstore.Fold[recovery.State] {
	return fold(k, RecoveryKind, recovery.Fold, recovery.Evolve)
}

func fold[S any](k Kit, kind string, number int, evolve func(S, events.Event, time.Time) (S, error)) eventstore.Fold[S] {
	return eventstore.Fold[S]{Kind: kind, Number: number, Reads: number + 1, Decode: k.Registry.DecodeStored, Evolve: evolve}
}

// Owner decides in the streams of a fold: for the one worker that appends to them.
func Owner[S any](k Kit, f eventstore.Fold[S]) decider.Handler[S] {
	return decider.Handler[S]{Store: k.Store, Fold: f, Outbox: k.Outbox, Policy: k.PolicyHash, Observe: k.Observe}
}
