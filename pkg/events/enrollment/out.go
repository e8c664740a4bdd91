package enrollment

import (
	"time"

	"countersign/pkg/events"
)

// Wire names of what becomes of one enrollment.
const (
	SecretCreatedType = "countersign.secret.created.v1"
	CodeRejectedType  = "countersign.enrollment.code_rejected.v1"
	ActivatedType     = "countersign.enrollment.activated.v1"
	DiscardedType     = "countersign.enrollment.discarded.v1"
)

// SecretCreated says that an enrollment is pending: its seed can be fetched by RPC, or a code is on its way. The secret itself follows
// from the user's keys and stands nowhere.
type SecretCreated struct {
	User            string        `json:"user"`
	EnrollmentID    string        `json:"enrollment_id"`
	Factor          events.Factor `json:"factor"`
	DestinationHint string        `json:"destination_hint,omitempty"` // masked; none for totp
	Algorithm       string        `json:"algorithm,omitempty"`        // totp: SHA1, SHA256 or SHA512
	Digits          int           `json:"digits"`                     // of a code: 6 to 8
	Period          int           `json:"period,omitempty"`           // totp: seconds
	CodeExpiresAt   time.Time     `json:"code_expires_at,omitzero"`   // email, sms: when the code that was sent dies
	ResendAt        time.Time     `json:"resend_at,omitzero"`         // email, sms: when another may be asked for; zero when no more are sent
	ExpiresAt       time.Time     `json:"expires_at"`                 // when the enrollment is discarded unless activated
	Record          SecretRecord  `json:"-"`
}

// SecretRecord is what the stream keeps of SecretCreated.
type SecretRecord struct {
	Key             Key      `json:"key"`                       // what seed and codes follow from
	Sending         uint64   `json:"sending,omitempty"`         // email, sms: number of the sending, from 1: the counter of its code
	NotificationID  string   `json:"notification_id,omitempty"` // email, sms: what carries that sending
	To              *Contact `json:"to,omitempty"`              // email, sms: where codes go
	Label           string   `json:"label,omitempty"`           // totp: ciphertext of the account label under Key
	Locale          string   `json:"locale,omitempty"`
	Email           *Contact `json:"email,omitempty"` // named by the request: becomes the kept contact when activated
	Phone           *Contact `json:"phone,omitempty"` // likewise
	Reauthenticated bool     `json:"reauthenticated,omitempty"`
	SpentLogin      string   `json:"spent_login,omitempty"` // the step-up that the request spent
}

func (*SecretCreated) EventType() string { return SecretCreatedType }
func (e *SecretCreated) UserID() string  { return e.User }
func (e *SecretCreated) RecordPart() any { return &e.Record }

func (e *SecretCreated) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		checkEnrollment(e.EnrollmentID),
		checkFactor(e.Factor),
		checkPositive("digits", e.Digits),
		events.When("expires_at", e.ExpiresAt),
	)
}

// CodeRejected says that a code did not activate its enrollment, which stays pending.
type CodeRejected struct {
	User         string     `json:"user"`
	EnrollmentID string     `json:"enrollment_id"`
	Reason       CodeReason `json:"reason"`
	AttemptsLeft int        `json:"attempts_left"`     // of this enrollment, or of the user today where that is fewer
	RetryAt      time.Time  `json:"retry_at,omitzero"` // when the next code is judged, where attempts_left is 0
}

func (*CodeRejected) EventType() string { return CodeRejectedType }
func (e *CodeRejected) UserID() string  { return e.User }

func (e *CodeRejected) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		checkEnrollment(e.EnrollmentID),
		events.OneOf("reason", e.Reason, CodeWrong, CodeExpired, CodeRateLimited),
	)
}

// Activated says that a user has one more factor. It ends a login well only where it carries that login's id.
type Activated struct {
	User               string          `json:"user"`
	EnrollmentID       string          `json:"enrollment_id"`
	Factor             events.Factor   `json:"factor"`
	LoginID            string          `json:"login_id,omitempty"` // the login that passes by this activation
	RecoveryCodesSetID string          `json:"recovery_codes_set_id,omitempty"`
	Imported           bool            `json:"imported,omitempty"` // without a code: an administrator brought the seed
	By                 string          `json:"by,omitempty"`       // imported: staff id
	Record             ActivatedRecord `json:"-"`
}

// ActivatedRecord is what the stream keeps of Activated.
type ActivatedRecord struct {
	Key        Key    `json:"key"`
	Step       uint64 `json:"step,omitempty"`        // totp: the time step that activated; it and all before it are spent
	SpentLogin string `json:"spent_login,omitempty"` // the step-up that the code came with
	// App is what an import makes active; nil where SecretCreated said it, or where the same import came before.
	App *ImportedApp `json:"app,omitempty"`
}

// ImportedApp is what is known of an app from another system.
type ImportedApp struct {
	Seed      string `json:"seed_ciphertext"` // under the seed key: who has only delivery keys cannot read it
	Label     string `json:"label,omitempty"` // ciphertext of the account label
	Algorithm string `json:"algorithm"`
	Digits    int    `json:"digits"`
	Period    int    `json:"period"` // seconds
	Locale    string `json:"locale,omitempty"`
}

func (*Activated) EventType() string { return ActivatedType }
func (e *Activated) UserID() string  { return e.User }
func (e *Activated) RecordPart() any { return &e.Record }

func (e *Activated) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		checkEnrollment(e.EnrollmentID),
		checkFactor(e.Factor),
		checkOptionalLogin(e.LoginID),
		events.OptionalID("by", e.By, events.MaxID),
	)
}

// Discarded says that a pending enrollment came to nothing.
type Discarded struct {
	User         string        `json:"user"`
	EnrollmentID string        `json:"enrollment_id"`
	Reason       DiscardReason `json:"reason"`
}

func (*Discarded) EventType() string { return DiscardedType }
func (e *Discarded) UserID() string  { return e.User }

func (e *Discarded) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		checkEnrollment(e.EnrollmentID),
		events.OneOf("reason", e.Reason,
			DiscardReplaced, DiscardExpired, DiscardTooManyAttempts, DiscardErased, DiscardRemoved),
	)
}
