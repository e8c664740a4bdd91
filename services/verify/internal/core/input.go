package core

import (
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
)

// An Input is what a decision is asked about. Texts come validated.
type Input interface{ user() string }

// LoginStarted asks how a login goes on.
type LoginStarted struct {
	User, LoginID string
	Purpose       guard.Purpose // empty: login
	Factor        events.Factor // a wish; may be empty
	Locale        string        // may be empty
	Evidence      *Evidence     // required

	ChallengeID, NotificationID string // names for what may become of it, derived from the cause
}

// AttemptSubmitted asks whether a code opens a challenge.
type AttemptSubmitted struct {
	User, ChallengeID string
	Factor            events.Factor // empty: the challenge's
	Evidence          *Evidence     // required where ToCompare wants a comparison
	Match             Match
}

// ResendRequested asks for a new code or another factor.
type ResendRequested struct {
	User, ChallengeID string
	Factor            events.Factor // empty: the challenge's
	Evidence          *Evidence     // required

	NotificationID string // derived from the cause
}

// UnlockRequested ends waits and suspensions.
type UnlockRequested struct {
	User, By string
	Factor   events.Factor // empty: all
}

// ChallengeExpiryDue says that a challenge's life may be over.
type ChallengeExpiryDue struct{ User, ChallengeID string }

func (i LoginStarted) user() string       { return i.User }
func (i AttemptSubmitted) user() string   { return i.User }
func (i ResendRequested) user() string    { return i.User }
func (i UnlockRequested) user() string    { return i.User }
func (i ChallengeExpiryDue) user() string { return i.User }

// Evidence is what a read of the enrollment's head, made after the message arrived, showed. Inputs hold a pointer to it, so that
// a caller who forgot to read cannot be taken for one who found no factor.
type Evidence struct {
	Active        []Enrolled // every active enrollment, also of a factor that policy does not allow any more
	Pending       string     // id of a pending enrollment
	Required      bool       // the user's own requirement; policy may require a factor as well
	RequiredSince time.Time  // when that was said; zero where it was not
	EverActivated bool       // a factor was active at some time; State knows by itself of one that was asked for
}

// Enrolled is one active enrollment.
type Enrolled struct {
	EnrollmentID    string
	Factor          events.Factor
	DestinationHint string
	Keyring         string
	Number          int // of the data keys within the keyring
	ActivatedAt     time.Time
	ActivatedStep   uint64 // totp: the time step that activated it, which is spent
}

// Match says what a code equals, as found with the keys that ToCompare names.
type Match struct {
	EnrollmentID string
	Steps        []uint64 // totp: every time step of the window whose code it is
	Sending      uint64   // email, sms: the newest sending of the challenge whose code it is; 0: none
}

// of returns the active enrollment of a factor.
func (e *Evidence) of(f events.Factor) (Enrolled, bool) {
	i := slices.IndexFunc(e.Active, func(o Enrolled) bool { return o.Factor == f })
	if i < 0 {
		return Enrolled{}, false
	}
	return e.Active[i], true
}

// choose returns the wished factor's enrollment if it is active, else the newest.
func (e *Evidence) choose(wish events.Factor) (newest Enrolled, ok bool) {
	for _, o := range e.Active {
		if !slices.Contains(guard.ShortCodes(), o.Factor) {
			continue
		}
		if o.Factor == wish {
			return o, true
		}
		if !ok || o.ActivatedAt.After(newest.ActivatedAt) {
			newest, ok = o, true
		}
	}
	return newest, ok
}

// others returns the factors that the challenge can be switched to.
func (e *Evidence) others(than events.Factor) []guard.Other {
	var list []guard.Other
	for _, o := range e.Active {
		if o.Factor != than && slices.Contains(guard.ShortCodes(), o.Factor) {
			list = append(list, guard.Other{Factor: o.Factor, DestinationHint: o.DestinationHint})
		}
	}
	return list
}
