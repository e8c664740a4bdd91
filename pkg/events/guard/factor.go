package guard

import (
	"time"

	"countersign/pkg/events"
)

// LockReason says why codes are refused.
type LockReason string

// WrongCodes: too many of them.
const WrongCodes LockReason = "wrong_codes"

// FactorLocked says that short codes of the user, of every factor, are refused.
type FactorLocked struct {
	User      string        `json:"user"`
	Factor    events.Factor `json:"factor"`         // whose wrong code it was; the wait is the user's
	Until     time.Time     `json:"until,omitzero"` // absent while suspended
	Suspended bool          `json:"suspended"`      // until unlocked or recovered
	Reason    LockReason    `json:"reason"`
}

func (*FactorLocked) EventType() string { return FactorLockedType }
func (e *FactorLocked) UserID() string  { return e.User }
func (e *FactorLocked) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		shortCode("factor", e.Factor),
		e.checkUntil(),
		events.OneOf("reason", e.Reason, WrongCodes),
	)
}

func (e *FactorLocked) checkUntil() error {
	if e.Suspended {
		return nil
	}
	return events.When("until", e.Until)
}

// UnlockReason says what ended a wait or a suspension where nobody asked for just that.
type UnlockReason string

const (
	UnlockedByRecovery UnlockReason = "recovered" // a recovery removed every factor
	UnlockedByReset    UnlockReason = "reset"     // an administrator did
)

// FactorUnlocked says that a wait or a suspension was ended, or that there is none.
type FactorUnlocked struct {
	User   string        `json:"user"`
	Factor events.Factor `json:"factor,omitempty"` // absent: all
	By     string        `json:"by,omitempty"`     // opaque staff id; absent after a recovery
	Reason UnlockReason  `json:"reason,omitempty"` // absent where it was asked for
}

func (*FactorUnlocked) EventType() string { return FactorUnlockedType }
func (e *FactorUnlocked) UserID() string  { return e.User }
func (e *FactorUnlocked) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		optionalFactor(e.Factor, ShortCodes()...),
		e.checkWhy(),
	)
}

func (e *FactorUnlocked) checkWhy() error {
	if e.Reason == "" {
		return events.ID("by", e.By, events.MaxID)
	}
	return events.First(
		events.OneOf("reason", e.Reason, UnlockedByRecovery, UnlockedByReset),
		events.OptionalID("by", e.By, events.MaxID),
	)
}

// CodeReuseDetected says that a code which opened one login was tried in another.
type CodeReuseDetected struct {
	User         string        `json:"user"`
	Factor       events.Factor `json:"factor"`
	FirstLoginID string        `json:"first_login_id"`
	LoginID      string        `json:"login_id"`
}

func (*CodeReuseDetected) EventType() string { return CodeReuseDetectedType }
func (e *CodeReuseDetected) UserID() string  { return e.User }
func (e *CodeReuseDetected) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.OneOf("factor", e.Factor, anyFactor()...),
		events.ID("first_login_id", e.FirstLoginID, events.MaxID),
		events.ID("login_id", e.LoginID, events.MaxID),
	)
}
