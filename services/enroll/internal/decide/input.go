package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
)

// An Input is what enroll was told, with the evidence that the shell gathered for it.
type Input interface{ input() }

// A Request is what every input has.
type Request struct {
	User  string // the platform's id
	Cause string // unambiguous text of platform, source and id: what is new is named after it
	ID    string // ce-id
}

func (Request) input() {}

// derive names something new; it agrees with decider.Request.Derive.
func (r Request) derive(what string) string { return events.DerivedID(r.Cause, what) }

// A Login is what the head of the user's guard says of a login_id. The zero value is a request without one; a field that the
// guard knows nothing of stays zero, which opens nothing.
type Login struct {
	ID              string
	AcceptedAt      time.Time // when a code of it was accepted; zero if none was
	StartedUnproven bool      // the guard knows it, and no factor was active when it started
}

// A Named contact came with a request.
type Named struct {
	enrollment.Contact
	Same bool // as the one that is kept
}

// Requested is enrollment.requested.
type Requested struct {
	Request
	Factor            events.Factor
	Email, Phone      *Named
	Label             string // ciphertext
	Locale            string
	Key               enrollment.Key // the user's present one
	ReauthenticatedAt time.Time
	Login             Login
}

// ResendRequested is enrollment.resend_requested.
type ResendRequested struct {
	Request
	EnrollmentID string
}

// CodeSubmitted is enrollment.code_submitted.
type CodeSubmitted struct {
	Request
	EnrollmentID      string
	Steps             []uint64 // totp: the time steps that the code fits
	Sent              bool     // email, sms: it is the code of the newest sending
	ReauthenticatedAt time.Time
	Login             Login
}

// ExpiryDue is the timer of a pending enrollment.
type ExpiryDue struct {
	Request
	EnrollmentID string
}

// ProvisioningAsked is the RPC enrollment.provisioning. It may be answered when it is not refused; an event, if there is one, is to be
// committed before.
type ProvisioningAsked struct {
	Request
	EnrollmentID string
	Login        Login
}

// RemovalRequested is factor.removal_requested.
type RemovalRequested struct {
	Request
	Factor            events.Factor // or enrollment.All
	ReauthenticatedAt time.Time
	Login             Login
}

// ContactsReported is contacts.reported.
type ContactsReported struct {
	Request
	Email, Phone *Named
	Login        Login
}

// RequirementRequested is requirement.requested.
type RequirementRequested struct {
	Request
	Required bool
	By       string
}

// ResetRequested is factor.reset_requested.
type ResetRequested struct {
	Request
	By        string
	Reason    string // ciphertext
	ReasonKey enrollment.Key
	Required  *bool // nil leaves it
}

// RecoveryCodesRequested is recovery_codes.requested.
type RecoveryCodesRequested struct {
	Request
	Key               enrollment.Key // the user's present one
	ReauthenticatedAt time.Time
	Login             Login
}

// RevealAsked is the RPC recovery_codes.reveal. It may be answered when it is not refused; an event, if there is one, is to be committed
// before.
type RevealAsked struct {
	Request
	SetID string
	Used  bool // the guard says that a code of the set was accepted
}

// RecoveryCompleted is recovery.completed.
type RecoveryCompleted struct {
	Request
	RecoveryID  string
	CompletedAt time.Time // when it was through, as the head of the user's recovery stream says; zero unless it does
}

// A Message is one that the notifier has sent, as the head of its stream says; the zero value is none that counts.
type Message struct {
	Channel        notification.Channel
	NotificationID string
	SentAt         time.Time
	Kept           bool     // it went to the address that is kept now
	EnrollmentIDs  []string // it went where the codes of these active factors go
}

// Bounced is notification.failed: the message came back for good.
type Bounced struct {
	Request
	Message
}

// Arrived is notification.delivered.
type Arrived struct {
	Request
	Message
}

// ImportRequested is enrollment.import_requested.
type ImportRequested struct {
	Request
	App  enrollment.ImportedApp
	Key  enrollment.Key // the user's present one
	By   string
	Same bool   // as the app that is active: seed, algorithm, digits and period
	Last uint64 // the time step that the guard accepted last, of whatever app
}

// ErasureRequested is user.erasure_requested. The user's keys are deleted before it is decided.
type ErasureRequested struct{ Request }
