package core

import (
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
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

	NoticeID string // derived from the cause: what may be told is named by it
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

// RecoveryCodeAsked asks what a recovery code is worth for a recovery.
type RecoveryCodeAsked struct {
	User     string
	Evidence *Evidence // required
	Match    Match
	NoticeID string // derived from the question
}

// FactorsRemoved says that enrollments may be no more.
type FactorsRemoved struct {
	User     string
	Evidence *Evidence // required
	Cleared  *Cleared  // what the enrollment's stream says of a removal that starts the user anew; nil for any other
}

// Cleared is a removal of every factor by a recovery or an administrator.
type Cleared struct {
	At     time.Time
	Reason guard.UnlockReason
	By     string // staff id; empty for a recovery
}

func (i LoginStarted) user() string       { return i.User }
func (i AttemptSubmitted) user() string   { return i.User }
func (i ResendRequested) user() string    { return i.User }
func (i UnlockRequested) user() string    { return i.User }
func (i ChallengeExpiryDue) user() string { return i.User }
func (i RecoveryCodeAsked) user() string  { return i.User }
func (i FactorsRemoved) user() string     { return i.User }

// Evidence is what a read of the enrollment's head, made after the message arrived, showed. Inputs hold a pointer to it, so that
// a caller who forgot to read cannot be taken for one who found no factor.
type Evidence struct {
	Active        []Enrolled                   // every active enrollment, also of a factor that policy does not allow any more
	Pending       string                       // id of a pending enrollment
	Required      bool                         // the user's own requirement; policy may require a factor as well
	RequiredSince time.Time                    // when that was said; zero where it was not
	EverActivated bool                         // a factor was active at some time; State knows by itself of one that was asked for
	Codes         *Codes                       // the set of recovery codes that counts; nil: none
	Ended         map[string]guard.CloseReason // of enrollments that are no more, as far as is remembered
	ErasedAt      time.Time                    // of the user's last erasure
	Contacts      []notification.Channel       // by which the user can be told
}

// Codes is a set of recovery codes.
type Codes struct {
	SetID   string
	Count   int
	Keyring string
	Number  int // of the data keys within the keyring
}

// Enrolled is one active enrollment.
type Enrolled struct {
	EnrollmentID    string
	Factor          events.Factor
	DestinationHint string
	Keyring         string
	Number          int // of the data keys within the keyring
	ActivatedAt     time.Time
	ActivatedStep   uint64        // totp: the time step that activated it, which is spent
	Period          time.Duration // totp: of a time step
}

// Match says what a code equals, as found with the keys that ToCompare names.
type Match struct {
	EnrollmentID string
	Steps        []uint64 // totp: every time step of the window whose code it is
	Far          []uint64 // totp: where there is none, every step within MaxDrift whose code it is
	Sending      uint64   // email, sms: the newest sending of the challenge whose code it is; 0: none
	SetID        string   // recovery_code: the set that it was compared with
	Number       int      // recovery_code: which one of the set it is, from 1; 0: none
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

// Others returns the factors that a challenge can be switched to, and recovery_code while there are unused ones.
func (e *Evidence) Others(s guard.State, than events.Factor) []guard.Other {
	var list []guard.Other
	for _, o := range e.Active {
		if o.Factor != than && slices.Contains(guard.ShortCodes(), o.Factor) {
			list = append(list, guard.Other{Factor: o.Factor, DestinationHint: o.DestinationHint})
		}
	}
	if left := e.CodesLeft(s); left != nil && *left > 0 {
		list = append(list, guard.Other{Factor: events.RecoveryCode})
	}
	return list
}

// CodesLeft returns how many recovery codes are left; nil without a set.
func (e *Evidence) CodesLeft(s guard.State) *int {
	if e.Codes == nil {
		return nil
	}
	left := s.CodesLeft(e.Codes.SetID, e.Codes.Count)
	return &left
}

// active reports whether the challenge's enrollment still is.
func (e *Evidence) active(c guard.Challenge) bool {
	o, ok := e.of(c.Factor)
	return ok && o.EnrollmentID == c.EnrollmentID
}

// end says why a challenge whose enrollment is not active any more ends.
func (e *Evidence) end(c guard.Challenge) guard.CloseReason {
	if why := e.Ended[c.EnrollmentID]; why != "" {
		return why
	}
	if !e.ErasedAt.IsZero() && !c.StartedAt.After(e.ErasedAt) { // an erasure forgets which enrollments there were
		return guard.Erased
	}
	return guard.Removed
}
