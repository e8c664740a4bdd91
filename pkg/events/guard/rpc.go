package guard

import (
	"encoding/json"
	"time"

	"countersign/pkg/events"
)

// Entities and verbs of the RPCs: mfa.<platform>.rpc.<entity>.<verb>.
const (
	LoginStatusEntity, LoginStatusVerb   = "login", "status"
	UserStatusEntity, UserStatusVerb     = "user", "status"
	UserTimelineEntity, UserTimelineVerb = "user", "timeline"
	JudgeEntity, JudgeVerb               = "recovery_code", "judge" // asked by recovery alone
)

// MaxTimeline is the most events that one answer holds.
const MaxTimeline = 500

// LoginStatusRequest asks what became of a login.
type LoginStatusRequest struct {
	User    string `json:"user"`
	LoginID string `json:"login_id"`
}

// Validate returns nil or a *events.FieldError.
func (r LoginStatusRequest) Validate() error {
	return events.First(events.CheckUser(r.User), events.ID("login_id", r.LoginID, events.MaxID))
}

// LoginStatus is the answer: a state and the fields of the login's last event.
type LoginStatus struct {
	State           LoginState      `json:"state"`
	LoginID         string          `json:"login_id"`
	Purpose         Purpose         `json:"purpose,omitempty"`
	ChallengeID     string          `json:"challenge_id,omitempty"`
	Factor          events.Factor   `json:"factor,omitempty"`
	DestinationHint string          `json:"destination_hint,omitempty"`
	CodeExpiresAt   time.Time       `json:"code_expires_at,omitzero"`
	ExpiresAt       time.Time       `json:"expires_at,omitzero"` // of the challenge, the acceptance or the waiver
	AttemptsLeft    *int            `json:"attempts_left,omitempty"`
	ResendAt        time.Time       `json:"resend_at,omitzero"`
	RetryAt         time.Time       `json:"retry_at,omitzero"`
	OtherFactors    []Other         `json:"other_factors,omitempty"`
	Reason          string          `json:"reason,omitempty"`        // waived: WaiverReason; closed: CloseReason
	EnrollmentID    string          `json:"enrollment_id,omitempty"` // enrollment_required: the pending one
	AllowedFactors  []events.Factor `json:"allowed_factors,omitempty"`
	MayContinue     bool            `json:"may_continue,omitempty"`
	ContinueUntil   time.Time       `json:"continue_until,omitzero"`
}

// UserStatusRequest asks how a user stands.
type UserStatusRequest struct {
	User string `json:"user"`
}

// Validate returns nil or a *events.FieldError.
func (r UserStatusRequest) Validate() error { return events.CheckUser(r.User) }

// UserStatus is the answer.
type UserStatus struct {
	Required          bool            `json:"required"`
	AllowedFactors    []events.Factor `json:"allowed_factors"`
	DefaultFactor     events.Factor   `json:"default_factor,omitempty"` // absent without an active factor
	Factors           []FactorStatus  `json:"factors"`
	RecoveryCodesLeft int             `json:"recovery_codes_left"`
	Contacts          []ContactStatus `json:"contacts"`           // that notices and recoveries use
	Recovery          *RecoveryStatus `json:"recovery,omitempty"` // absent without an open case
}

// ContactStatus is a contact that is kept.
type ContactStatus struct {
	Kind               string    `json:"kind"` // email or phone
	DestinationHint    string    `json:"destination_hint"`
	UndeliverableSince time.Time `json:"undeliverable_since,omitzero"` // a message came back for good; absent where none did since a later one arrived
}

// FactorStatus is one enrollment.
type FactorStatus struct {
	EnrollmentID    string        `json:"enrollment_id"`
	Factor          events.Factor `json:"factor"`
	Status          string        `json:"status"` // pending or active
	DestinationHint string        `json:"destination_hint,omitempty"`
	ActivatedAt     time.Time     `json:"activated_at,omitzero"`
	LockedUntil     time.Time     `json:"locked_until,omitzero"`
	Suspended       bool          `json:"suspended"`

	UndeliverableSince time.Time `json:"undeliverable_since,omitzero"` // of the contact that its codes go to: a message came back for good
}

// RecoveryStatus is the user's open recovery.
type RecoveryStatus struct {
	RecoveryID string    `json:"recovery_id"`
	State      string    `json:"state"`
	Steps      []string  `json:"steps"`
	ExpiresAt  time.Time `json:"expires_at"`
}

// UserTimelineRequest asks for a user's history.
type UserTimelineRequest struct {
	User  string `json:"user"`
	After string `json:"after,omitempty"` // next of the answer before; absent: from the first event
	Limit int    `json:"limit,omitempty"` // 1 to 500; absent: 500
}

// Validate returns nil or a *events.FieldError.
func (r UserTimelineRequest) Validate() error {
	if r.Limit < 0 || r.Limit > MaxTimeline {
		return events.Fault("limit", "is not 1 to %d", MaxTimeline)
	}
	return events.First(events.CheckUser(r.User), events.OptionalID("after", r.After, events.MaxText))
}

// UserTimeline is the answer: structured CloudEvents, oldest first.
type UserTimeline struct {
	Events []json.RawMessage `json:"events"`
	Next   string            `json:"next,omitempty"` // absent: there are no more
}

// JudgeRequest asks what a recovery code is worth; a right one is spent by the answer.
type JudgeRequest struct {
	User string        `json:"user"`
	ID   string        `json:"id"` // names the question: the same id and code have the same answer for ever
	Code events.Secret `json:"code"`
}

// Validate returns nil or a *events.FieldError.
func (r JudgeRequest) Validate() error {
	return events.First(
		events.CheckUser(r.User),
		events.ID("id", r.ID, events.MaxID),
		events.Text("code", r.Code.Reveal(), events.MaxCode),
	)
}

// Judgement is the answer.
type Judgement struct {
	Verdict   Verdict `json:"verdict"`
	CodesLeft int     `json:"codes_left"`
}
