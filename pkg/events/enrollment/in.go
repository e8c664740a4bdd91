package enrollment

import (
	"time"

	"countersign/pkg/events"
)

// Wire names of what platforms ask about one enrollment.
const (
	RequestedType       = "countersign.enrollment.requested.v1"
	ResendRequestedType = "countersign.enrollment.resend_requested.v1"
	CodeSubmittedType   = "countersign.enrollment.code_submitted.v1"
)

// Requested asks for a new factor; it becomes active by CodeSubmitted. A pending one is replaced.
type Requested struct {
	User              string        `json:"user"`
	Factor            events.Factor `json:"factor"`                      // totp, email or sms
	ReauthenticatedAt time.Time     `json:"reauthenticated_at,omitzero"` // when the platform last checked the password; here or with the code
	LoginID           string        `json:"login_id,omitempty"`          // accepted at most 5 minutes ago and spent by this: required while a factor is active
	AccountLabel      events.Secret `json:"account_label,omitzero"`      // what an authenticator app shows; default the user
	Email             events.Secret `json:"email,omitzero"`              // default the contact that is kept
	SealedEmail       string        `json:"sealed_email,omitempty"`      // instead of email
	Phone             events.Secret `json:"phone,omitzero"`              // E.164; default the contact that is kept
	SealedPhone       string        `json:"sealed_phone,omitempty"`      // instead of phone
	SealedKeyID       string        `json:"sealed_key_id,omitempty"`     // what the sealed fields are sealed to
	Locale            string        `json:"locale,omitempty"`            // BCP 47; default the platform's
}

func (*Requested) EventType() string { return RequestedType }
func (e *Requested) UserID() string  { return e.User }

func (e *Requested) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		checkFactor(e.Factor),
		checkOptionalLogin(e.LoginID),
		checkLabel(e.AccountLabel),
		e.email().optional(),
		e.phone().optional(),
		checkLocale(e.Locale),
	)
}

func (e *Requested) email() sealable {
	return sealable{"email", e.Email, e.SealedEmail, e.SealedKeyID, events.CheckEmail}
}

func (e *Requested) phone() sealable {
	return sealable{"phone", e.Phone, e.SealedPhone, e.SealedKeyID, events.CheckPhone}
}

// ResendRequested asks for another sending of a pending enrollment's code; the former one dies.
type ResendRequested struct {
	User         string `json:"user"`
	EnrollmentID string `json:"enrollment_id"`
}

func (*ResendRequested) EventType() string { return ResendRequestedType }
func (e *ResendRequested) UserID() string  { return e.User }

func (e *ResendRequested) Validate() error {
	return events.First(events.CheckUser(e.User), checkEnrollment(e.EnrollmentID))
}

// CodeSubmitted brings the code that activates a pending enrollment.
type CodeSubmitted struct {
	User              string        `json:"user"`
	EnrollmentID      string        `json:"enrollment_id"`
	Code              events.Secret `json:"code,omitzero"`
	SealedCode        string        `json:"sealed_code,omitempty"`       // instead of code
	SealedKeyID       string        `json:"sealed_key_id,omitempty"`     // what sealed_code is sealed to
	ReauthenticatedAt time.Time     `json:"reauthenticated_at,omitzero"` // required here where the request had none
	LoginID           string        `json:"login_id,omitempty"`          // a login that the activation is to let pass
}

func (*CodeSubmitted) EventType() string { return CodeSubmittedType }
func (e *CodeSubmitted) UserID() string  { return e.User }

func (e *CodeSubmitted) Validate() error {
	code := sealable{"code", e.Code, e.SealedCode, e.SealedKeyID, CheckCode}
	return events.First(
		events.CheckUser(e.User),
		checkEnrollment(e.EnrollmentID),
		code.required(),
		checkOptionalLogin(e.LoginID),
	)
}
