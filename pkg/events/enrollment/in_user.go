package enrollment

import (
	"time"

	"countersign/pkg/events"
)

// Wire names of what is asked about a user as a whole.
const (
	RemovalRequestedType       = "countersign.factor.removal_requested.v1"
	RecoveryCodesRequestedType = "countersign.recovery_codes.requested.v1"
	ContactsReportedType       = "countersign.contacts.reported.v1"
	RequirementRequestedType   = "countersign.requirement.requested.v1"
	ResetRequestedType         = "countersign.factor.reset_requested.v1"
	ErasureRequestedType       = "countersign.user.erasure_requested.v1"
)

// RemovalRequested asks to remove one factor, or all.
type RemovalRequested struct {
	User              string        `json:"user"`
	Factor            events.Factor `json:"factor"`                      // totp, email, sms or all
	LoginID           string        `json:"login_id"`                    // accepted at most 5 minutes ago; spent by this
	ReauthenticatedAt time.Time     `json:"reauthenticated_at,omitzero"` // required, at most 5 minutes old
}

func (*RemovalRequested) EventType() string { return RemovalRequestedType }
func (e *RemovalRequested) UserID() string  { return e.User }

func (e *RemovalRequested) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.OneOf("factor", e.Factor, events.TOTP, events.Email, events.SMS, All),
		checkLogin(e.LoginID),
		checkReauthenticated(e.ReauthenticatedAt),
	)
}

// RecoveryCodesRequested asks for a new set of recovery codes; the old one dies.
type RecoveryCodesRequested struct {
	User              string    `json:"user"`
	LoginID           string    `json:"login_id"`                    // accepted at most 5 minutes ago; spent by this
	ReauthenticatedAt time.Time `json:"reauthenticated_at,omitzero"` // required, at most 5 minutes old
}

func (*RecoveryCodesRequested) EventType() string { return RecoveryCodesRequestedType }
func (e *RecoveryCodesRequested) UserID() string  { return e.User }

func (e *RecoveryCodesRequested) Validate() error {
	return events.First(events.CheckUser(e.User), checkLogin(e.LoginID), checkReauthenticated(e.ReauthenticatedAt))
}

// ContactsReported says where the platform reaches a user; it has verified what it says.
type ContactsReported struct {
	User        string        `json:"user"`
	Email       events.Secret `json:"email,omitzero"`
	SealedEmail string        `json:"sealed_email,omitempty"`  // instead of email
	Phone       events.Secret `json:"phone,omitzero"`          // E.164
	SealedPhone string        `json:"sealed_phone,omitempty"`  // instead of phone
	SealedKeyID string        `json:"sealed_key_id,omitempty"` // what the sealed fields are sealed to
	LoginID     string        `json:"login_id,omitempty"`      // required while a factor is active, and spent by this
}

func (*ContactsReported) EventType() string { return ContactsReportedType }
func (e *ContactsReported) UserID() string  { return e.User }

func (e *ContactsReported) Validate() error {
	email := sealable{"email", e.Email, e.SealedEmail, e.SealedKeyID, events.CheckEmail}
	phone := sealable{"phone", e.Phone, e.SealedPhone, e.SealedKeyID, events.CheckPhone}
	if e.Phone.IsZero() && e.SealedPhone == "" {
		return events.First(events.CheckUser(e.User), email.required(), checkOptionalLogin(e.LoginID))
	}
	return events.First(events.CheckUser(e.User), email.optional(), phone.optional(), checkOptionalLogin(e.LoginID))
}

// RequirementRequested sets whether a user must have a factor.
type RequirementRequested struct {
	User     string `json:"user"`
	Required *bool  `json:"required"` // never nil in a valid event
	By       string `json:"by"`       // opaque staff id, kept for ever
}

func (*RequirementRequested) EventType() string { return RequirementRequestedType }
func (e *RequirementRequested) UserID() string  { return e.User }

func (e *RequirementRequested) Validate() error {
	if e.Required == nil {
		return events.First(events.CheckUser(e.User), events.Fault("required", "is missing: set it to true or false"))
	}
	return events.First(events.CheckUser(e.User), checkBy(e.By))
}

// ResetRequested asks to clear every factor of a user.
type ResetRequested struct {
	User     string        `json:"user"`
	By       string        `json:"by"`                 // opaque staff id, kept for ever
	Reason   events.Secret `json:"reason,omitzero"`    // free text, required
	Required *bool         `json:"required,omitempty"` // sets the requirement in the same commit
}

func (*ResetRequested) EventType() string { return ResetRequestedType }
func (e *ResetRequested) UserID() string  { return e.User }

func (e *ResetRequested) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		checkBy(e.By),
		events.Text("reason", e.Reason.Reveal(), events.MaxText),
	)
}

// ErasureRequested asks to forget a user.
type ErasureRequested struct {
	User string `json:"user"`
	By   string `json:"by"` // opaque staff id, kept for ever
}

func (*ErasureRequested) EventType() string { return ErasureRequestedType }
func (e *ErasureRequested) UserID() string  { return e.User }

func (e *ErasureRequested) Validate() error {
	return events.First(events.CheckUser(e.User), checkBy(e.By))
}
