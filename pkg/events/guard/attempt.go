package guard

import (
	"time"

	"countersign/pkg/events"
)

// AttemptAccepted says that a code was right; with it the challenge has ended.
type AttemptAccepted struct {
	User              string        `json:"user"`
	ChallengeID       string        `json:"challenge_id"`
	LoginID           string        `json:"login_id"`
	Purpose           Purpose       `json:"purpose"`
	Factor            events.Factor `json:"factor"` // whose code it was
	RecoveryCodesLeft *int          `json:"recovery_codes_left,omitempty"`
	ExpiresAt         time.Time     `json:"expires_at"` // later it counts as absent

	Record AttemptAcceptedRecord `json:"-"`
}

// AttemptAcceptedRecord names what the code was, so that it is not accepted again.
type AttemptAcceptedRecord struct {
	EnrollmentID string `json:"enrollment_id,omitempty"` // none for a recovery code
	Step         uint64 `json:"step,omitempty"`          // totp: RFC 6238's T
	Drift        int    `json:"drift,omitempty"`         // totp: how many steps the app's clock is taken to be ahead of ours from now on
	Behind       bool   `json:"behind,omitempty"`        // totp: this code was a step older than that, as one typed slowly is
	Sending      uint64 `json:"sending,omitempty"`       // email, sms: number of the sending
	SetID        string `json:"set_id,omitempty"`        // recovery_code: the set that it is of
	Number       int    `json:"number,omitempty"`        // recovery_code: which one of the set, from 1
}

func (*AttemptAccepted) EventType() string { return AttemptAcceptedType }
func (e *AttemptAccepted) UserID() string  { return e.User }
func (e *AttemptAccepted) RecordPart() any { return &e.Record }
func (e *AttemptAccepted) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.ID("challenge_id", e.ChallengeID, events.MaxID),
		events.ID("login_id", e.LoginID, events.MaxID),
		events.OneOf("purpose", e.Purpose, ForLogin, ForStepUp),
		events.OneOf("factor", e.Factor, anyFactor()...),
		events.When("expires_at", e.ExpiresAt),
	)
}

// RejectReason says why a code was not accepted.
type RejectReason string

const (
	WrongCode        RejectReason = "wrong_code"
	Replayed         RejectReason = "replayed"          // right, but its time step is not above the last one accepted
	TooOld           RejectReason = "expired"           // the challenge, or the code that was sent
	Closed           RejectReason = "closed"            // the challenge was answered or closed before
	OutOfAttempts    RejectReason = "too_many_attempts" // the challenge was closed for that
	Locked           RejectReason = "locked"            // not looked at: the user has to wait until retry_at, or to be unlocked
	UnknownChallenge RejectReason = "unknown_challenge"
)

// AttemptRejected says that a code was not accepted.
type AttemptRejected struct {
	User         string       `json:"user"`
	ChallengeID  string       `json:"challenge_id"`
	LoginID      string       `json:"login_id,omitempty"` // absent with unknown_challenge
	Reason       RejectReason `json:"reason"`
	AttemptsLeft int          `json:"attempts_left"`     // of the challenge; a wrong recovery code takes one as well
	RetryAt      time.Time    `json:"retry_at,omitzero"` // codes are refused until then

	Record AttemptRejectedRecord `json:"-"`
}

// AttemptRejectedRecord says what the attempt cost.
type AttemptRejectedRecord struct {
	Judged   bool     `json:"judged,omitempty"`    // it took one of the challenge's attempts
	Counted  bool     `json:"counted,omitempty"`   // it is one of the user's wrong codes
	FarSteps []uint64 `json:"far_steps,omitempty"` // totp: the steps that it would fit if the app's clock were off by minutes
}

func (*AttemptRejected) EventType() string { return AttemptRejectedType }
func (e *AttemptRejected) UserID() string  { return e.User }
func (e *AttemptRejected) RecordPart() any { return &e.Record }
func (e *AttemptRejected) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.ID("challenge_id", e.ChallengeID, events.MaxID),
		events.OptionalID("login_id", e.LoginID, events.MaxID),
		events.OneOf("reason", e.Reason, WrongCode, Replayed, TooOld, Closed, OutOfAttempts, Locked, UnknownChallenge),
		notNegative("attempts_left", e.AttemptsLeft),
	)
}
