package recovery

import (
	"time"

	"countersign/pkg/events"
)

// Requested opens a recovery: the password was right, the device is lost. Again while the case is open, it is the resend.
type Requested struct {
	User              string    `json:"user"`
	LoginID           string    `json:"login_id"`           // the login that cannot be finished
	ReauthenticatedAt time.Time `json:"reauthenticated_at"` // when the platform last checked the password; at most 5 minutes ago
	Locale            string    `json:"locale,omitempty"`   // BCP 47, at most 35 bytes
}

// Contact is a way to the user that a case can do without.
type Contact string

const (
	Email Contact = "email"
	Phone Contact = "phone"
)

// SupportRequested opens a case in the name of the user.
type SupportRequested struct {
	User        string        `json:"user"`
	By          string        `json:"by"`                   // opaque staff id, kept for ever
	Reason      events.Secret `json:"reason,omitzero"`      // free text for the approver, required, at most 1024 bytes
	CaseRef     string        `json:"case_ref"`             // the support tool's name for the case
	Unavailable []Contact     `json:"unavailable,omitzero"` // contacts that the user cannot reach
}

// ApprovalGiven approves a case; by must be another person than the one who asked.
type ApprovalGiven struct {
	User       string        `json:"user"`
	RecoveryID string        `json:"recovery_id"`
	By         string        `json:"by"`            // opaque staff id, kept for ever
	Note       events.Secret `json:"note,omitzero"` // free text, at most 1024 bytes
}

// DenialGiven denies a case.
type DenialGiven struct {
	User       string        `json:"user"`
	RecoveryID string        `json:"recovery_id"`
	By         string        `json:"by"`            // opaque staff id, kept for ever
	Note       events.Secret `json:"note,omitzero"` // free text, at most 1024 bytes
}

// CancellationRequested ends a case before it completes.
type CancellationRequested struct {
	User       string `json:"user"`
	RecoveryID string `json:"recovery_id"`
	By         string `json:"by"` // opaque staff id, kept for ever
}

func (*Requested) EventType() string             { return RequestedType }
func (*SupportRequested) EventType() string      { return SupportRequestedType }
func (*ApprovalGiven) EventType() string         { return ApprovalGivenType }
func (*DenialGiven) EventType() string           { return DenialGivenType }
func (*CancellationRequested) EventType() string { return CancellationRequestedType }

func (e *Requested) UserID() string             { return e.User }
func (e *SupportRequested) UserID() string      { return e.User }
func (e *ApprovalGiven) UserID() string         { return e.User }
func (e *DenialGiven) UserID() string           { return e.User }
func (e *CancellationRequested) UserID() string { return e.User }

func (e *Requested) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.ID("login_id", e.LoginID, events.MaxID),
		events.When("reauthenticated_at", e.ReauthenticatedAt),
		events.OptionalID("locale", e.Locale, events.MaxLocale),
	)
}

func (e *SupportRequested) Validate() error {
	err := events.First(
		events.CheckUser(e.User),
		events.ID("by", e.By, events.MaxID),
		events.Text("reason", e.Reason.Reveal(), events.MaxText),
		events.ID("case_ref", e.CaseRef, events.MaxID),
	)
	for _, c := range e.Unavailable {
		err = events.First(err, events.OneOf("unavailable", c, Email, Phone))
	}
	return err
}

func (e *ApprovalGiven) Validate() error { return verdict(e.User, e.RecoveryID, e.By, e.Note) }
func (e *DenialGiven) Validate() error   { return verdict(e.User, e.RecoveryID, e.By, e.Note) }

func (e *CancellationRequested) Validate() error {
	return verdict(e.User, e.RecoveryID, e.By, events.Secret{})
}

func verdict(user, id, by string, note events.Secret) error {
	return events.First(
		events.CheckUser(user),
		events.ID("recovery_id", id, events.MaxID),
		events.ID("by", by, events.MaxID),
		events.OptionalText("note", note.Reveal(), events.MaxText),
	)
}
