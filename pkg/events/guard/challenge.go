package guard

import (
	"time"

	"countersign/pkg/events"
)

// ChallengeIssued says that a code is awaited. Said again for a challenge that stands, it is the challenge's present state.
type ChallengeIssued struct {
	User            string        `json:"user"`
	ChallengeID     string        `json:"challenge_id"`
	LoginID         string        `json:"login_id"`
	Factor          events.Factor `json:"factor"`
	DestinationHint string        `json:"destination_hint,omitempty"` // masked, such as m•••@example.org
	Sending         bool          `json:"sending"`                    // a code goes out because of the request answered
	CodeExpiresAt   time.Time     `json:"code_expires_at,omitzero"`   // of the newest code sent
	ExpiresAt       time.Time     `json:"expires_at"`                 // of the challenge
	AttemptsLeft    int           `json:"attempts_left"`
	ResendAt        time.Time     `json:"resend_at,omitzero"` // a resend before it is refused
	RetryAt         time.Time     `json:"retry_at,omitzero"`  // codes are refused until then
	OtherFactors    []Other       `json:"other_factors,omitempty"`

	Record ChallengeIssuedRecord `json:"-"`
}

// Other is a factor to which the challenge can be switched, or recovery_code, which needs no switching.
type Other struct {
	Factor          events.Factor `json:"factor"`
	DestinationHint string        `json:"destination_hint,omitempty"`
}

// ChallengeIssuedRecord is what deriving, sending and judging the code needs.
type ChallengeIssuedRecord struct {
	Purpose        Purpose `json:"purpose"`
	EnrollmentID   string  `json:"enrollment_id"`             // whose code it is, and whose contact a code goes to
	Keyring        string  `json:"keyring"`                   // id of the user's keyring
	Number         int     `json:"number"`                    // of the data keys within it
	Sending        uint64  `json:"sending,omitempty"`         // number of the newest sending, the counter of its code; 0: none yet
	Resend         bool    `json:"resend,omitempty"`          // the sending was asked for by challenge.resend_requested
	NotificationID string  `json:"notification_id,omitempty"` // that brings the newest sending
	Locale         string  `json:"locale,omitempty"`
}

func (*ChallengeIssued) EventType() string { return ChallengeIssuedType }
func (e *ChallengeIssued) UserID() string  { return e.User }
func (e *ChallengeIssued) RecordPart() any { return &e.Record }
func (e *ChallengeIssued) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.ID("challenge_id", e.ChallengeID, events.MaxID),
		events.ID("login_id", e.LoginID, events.MaxID),
		shortCode("factor", e.Factor),
		events.When("expires_at", e.ExpiresAt),
		notNegative("attempts_left", e.AttemptsLeft),
	)
}

// WaiverReason says why no code is asked for.
type WaiverReason string

// NotEnrolled: the user has no active factor.
const NotEnrolled WaiverReason = "not_enrolled"

// ChallengeWaived says that a login may go on without a code.
type ChallengeWaived struct {
	User      string       `json:"user"`
	LoginID   string       `json:"login_id"`
	Reason    WaiverReason `json:"reason"`
	ExpiresAt time.Time    `json:"expires_at"` // later it counts as absent

	Record ChallengeWaivedRecord `json:"-"`
}

// ChallengeWaivedRecord keeps what the login was for.
type ChallengeWaivedRecord struct {
	Purpose Purpose `json:"purpose"`
}

func (*ChallengeWaived) EventType() string { return ChallengeWaivedType }
func (e *ChallengeWaived) UserID() string  { return e.User }
func (e *ChallengeWaived) RecordPart() any { return &e.Record }
func (e *ChallengeWaived) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.ID("login_id", e.LoginID, events.MaxID),
		events.OneOf("reason", e.Reason, NotEnrolled),
		events.When("expires_at", e.ExpiresAt),
	)
}

// CloseReason says why a challenge ended without an accepted code.
type CloseReason string

const (
	Expired         CloseReason = "expired"
	TooManyAttempts CloseReason = "too_many_attempts"
	Recovered       CloseReason = "recovered"
	Removed         CloseReason = "removed" // its enrollment is not active any more
	Erased          CloseReason = "erased"
	Superseded      CloseReason = "superseded" // by newer challenges of the user
)

// ChallengeClosed says that a challenge ended without an accepted code.
type ChallengeClosed struct {
	User        string      `json:"user"`
	ChallengeID string      `json:"challenge_id"`
	LoginID     string      `json:"login_id"`
	Reason      CloseReason `json:"reason"`
}

func (*ChallengeClosed) EventType() string { return ChallengeClosedType }
func (e *ChallengeClosed) UserID() string  { return e.User }
func (e *ChallengeClosed) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.ID("challenge_id", e.ChallengeID, events.MaxID),
		events.ID("login_id", e.LoginID, events.MaxID),
		events.OneOf("reason", e.Reason, Expired, TooManyAttempts, Recovered, Removed, Erased, Superseded),
	)
}

// EnrollmentRequired says that a login needs a factor and the user has none.
type EnrollmentRequired struct {
	User           string          `json:"user"`
	LoginID        string          `json:"login_id"`
	EnrollmentID   string          `json:"enrollment_id,omitempty"` // when one is pending
	AllowedFactors []events.Factor `json:"allowed_factors,omitempty"`
	MayContinue    bool            `json:"may_continue"`            // the login may go on meanwhile
	ContinueUntil  time.Time       `json:"continue_until,omitzero"` // after it no login may

	Record EnrollmentRequiredRecord `json:"-"`
}

// EnrollmentRequiredRecord keeps what the login was for.
type EnrollmentRequiredRecord struct {
	Purpose Purpose `json:"purpose"`
}

func (*EnrollmentRequired) EventType() string { return EnrollmentRequiredType }
func (e *EnrollmentRequired) UserID() string  { return e.User }
func (e *EnrollmentRequired) RecordPart() any { return &e.Record }
func (e *EnrollmentRequired) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.ID("login_id", e.LoginID, events.MaxID),
		events.OptionalID("enrollment_id", e.EnrollmentID, events.MaxID),
		factors("allowed_factors", e.AllowedFactors),
	)
}
