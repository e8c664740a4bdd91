package recovery

import (
	"time"

	"countersign/pkg/events"
)

// Claimed keeps that a browser took the case over. It never leaves the stream, as the three that follow.
type Claimed struct {
	User       string `json:"user"`
	RecoveryID string `json:"recovery_id"`
	Claim      uint64 `json:"claim"`   // from 1; the browser's cookie follows from it
	Sending    uint64 `json:"sending"` // of the link that it came by
}

// TextSent keeps that a code is on its way to the phone.
type TextSent struct {
	User          string    `json:"user"`
	RecoveryID    string    `json:"recovery_id"`
	Claim         uint64    `json:"claim"`   // whose browser asked
	Sending       uint64    `json:"sending"` // from 1, over all claims of the case: codes of others are dead
	Digits        int       `json:"digits"`  // of the code
	CodeExpiresAt time.Time `json:"code_expires_at"`
	ResendAt      time.Time `json:"resend_at,omitzero"` // when another may be asked for; zero when no more are sent
}

// CodeMissed keeps that a code was wrong.
type CodeMissed struct {
	User       string `json:"user"`
	RecoveryID string `json:"recovery_id"`
	Claim      uint64 `json:"claim"`
	Step       Step   `json:"step"` // sms or recovery_code
}

// CaptchaFailed keeps that a CAPTCHA was not solved.
type CaptchaFailed struct {
	User       string `json:"user"`
	RecoveryID string `json:"recovery_id"`
	Claim      uint64 `json:"claim"`
}

// ExpiryDue is the timer of an open case. A case that got more time since has another.
type ExpiryDue struct {
	User       string    `json:"user"`
	RecoveryID string    `json:"recovery_id"`
	ExpiresAt  time.Time `json:"expires_at"` // the time that it is for
}

// CompletionDue is the timer of a waiting period. One that began anew has another.
type CompletionDue struct {
	User        string    `json:"user"`
	RecoveryID  string    `json:"recovery_id"`
	CompletesAt time.Time `json:"completes_at"` // the time that it is for
}

func (*Claimed) EventType() string       { return ClaimedType }
func (*TextSent) EventType() string      { return TextSentType }
func (*CodeMissed) EventType() string    { return CodeMissedType }
func (*CaptchaFailed) EventType() string { return CaptchaFailedType }
func (*ExpiryDue) EventType() string     { return ExpiryDueType }
func (*CompletionDue) EventType() string { return CompletionDueType }

func (e *Claimed) UserID() string       { return e.User }
func (e *TextSent) UserID() string      { return e.User }
func (e *CodeMissed) UserID() string    { return e.User }
func (e *CaptchaFailed) UserID() string { return e.User }
func (e *ExpiryDue) UserID() string     { return e.User }
func (e *CompletionDue) UserID() string { return e.User }

func (e *Claimed) Validate() error {
	return events.First(ofCase(e.User, e.RecoveryID), fromOne("claim", e.Claim), fromOne("sending", e.Sending))
}

func (e *TextSent) Validate() error {
	return events.First(
		ofCase(e.User, e.RecoveryID),
		fromOne("claim", e.Claim),
		fromOne("sending", e.Sending),
		fromOne("digits", uint64(max(e.Digits, 0))),
		events.When("code_expires_at", e.CodeExpiresAt),
	)
}

func (e *CodeMissed) Validate() error {
	return events.First(
		ofCase(e.User, e.RecoveryID), fromOne("claim", e.Claim), events.OneOf("step", e.Step, Text, RecoveryCode),
	)
}

func (e *CaptchaFailed) Validate() error {
	return events.First(ofCase(e.User, e.RecoveryID), fromOne("claim", e.Claim))
}

func (e *ExpiryDue) Validate() error {
	return events.First(ofCase(e.User, e.RecoveryID), events.When("expires_at", e.ExpiresAt))
}

func (e *CompletionDue) Validate() error {
	return events.First(ofCase(e.User, e.RecoveryID), events.When("completes_at", e.CompletesAt))
}

func ofCase(user, id string) error {
	return events.First(events.CheckUser(user), events.ID("recovery_id", id, events.MaxID))
}

func fromOne(field string, n uint64) error {
	if n == 0 {
		return events.Fault(field, "is missing: it counts from 1")
	}
	return nil
}
