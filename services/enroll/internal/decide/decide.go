// Package decide says what becomes of what enroll is told: which factor a user may add, what activates it, what it replaces, what is
// refused.
//
// It never sees a clock, a key, a store, a code or an address: the caller says what a code matched, what a login_id is worth, and brings
// addresses as ciphertexts. What it promises:
//
//   - Nothing becomes active without a code that fits, and a password that was checked at most five minutes before the request or the
//     code. An administrator may bring the app of a user who has no active factor.
//   - While a factor is active, no other is asked for, removed or replaced, and no contact is changed, without a login that
//     was accepted at most five minutes ago; each such login is good for one change. Administrators are the exception.
//   - A user has at most one active factor of each kind and at most one pending enrollment, and one set of recovery codes while a factor
//     is active; a set is shown once.
//   - A recovery clears every factor once, and only one whose stream says that it is through.
//   - A contact is undeliverable once a message to this very address came back for good, and until a later one arrives, a code that was sent there
//     is entered, or the platform reports it once more.
//   - Whoever could be told of a change before it is told of it.
//   - Wrong codes are bounded for each enrollment and for each user and day.
//   - The first event of a decision is the answer; the others follow from it.
package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/worker/policy"
)

// A Decision is what is to become of an input.
type Decision struct {
	Events []events.Event // the first is the answer; none where nothing changes and nobody waits
	Timers []Timer
	Early  bool // ExpiryDue came before its time: it must come again
}

// A Timer is an event that enroll is to receive when At has come.
type Timer struct {
	Event events.Event
	At    time.Time
}

// Decide returns what happened because of in, or why it cannot be. A wrong code happened. now is at least the time of the
// commit that left s.
func Decide(s enrollment.State, in Input, p policy.Policy, now time.Time) (Decision, *events.Rejection) {
	v := view{s, p, now}
	switch in := in.(type) {
	case Requested:
		return v.requested(in)
	case ResendRequested:
		return v.resend(in)
	case CodeSubmitted:
		return v.code(in)
	case ExpiryDue:
		return v.expiry(in), nil
	case ProvisioningAsked:
		return v.provisioning(in)
	case RemovalRequested:
		return v.removal(in)
	case ContactsReported:
		return v.contacts(in)
	case RequirementRequested:
		return v.requirement(in), nil
	case ResetRequested:
		return v.reset(in)
	case RecoveryCodesRequested:
		return v.newCodes(in)
	case RevealAsked:
		return v.reveal(in)
	case RecoveryCompleted:
		return v.recovered(in), nil
	case Bounced:
		return v.bounced(in), nil
	case Arrived:
		return v.arrived(in), nil
	case ImportRequested:
		return v.imported(in)
	case ErasureRequested:
		return v.erase(in), nil
	}
	return Decision{}, refuse(events.UnknownType, "", "is nothing that enroll decides")
}

// A view is what a decision looks at.
type view struct {
	state  enrollment.State
	policy policy.Policy
	now    time.Time
}

func decided(list ...events.Event) Decision { return Decision{Events: list} }

func refuse(code events.Code, field, message string) *events.Rejection {
	return &events.Rejection{Code: code, Field: field, Message: message}
}

func refuseUntil(at time.Time, message string) *events.Rejection {
	return &events.Rejection{Code: events.RateLimited, Message: message, RetryAt: at}
}

// first returns the first refusal: guards stand in the order in which they protect.
func first(guards ...*events.Rejection) *events.Rejection {
	for _, g := range guards {
		if g != nil {
			return g
		}
	}
	return nil
}
