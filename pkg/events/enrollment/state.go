package enrollment

import (
	"time"

	"countersign/pkg/events"
)

// Fold is the number of this fold: a state kept under another number is rebuilt from the stream.
const Fold = 1

// Status says how far an enrollment has come.
type Status string

const (
	StatusPending Status = "pending" // waits for the code that activates it
	StatusActive  Status = "active"
)

// An Enrollment is one factor of a user, pending or active.
type Enrollment struct {
	ID              string        `json:"id"`
	Factor          events.Factor `json:"factor"`
	Status          Status        `json:"status"`
	DestinationHint string        `json:"destination_hint,omitempty"` // email, sms: masked
	Key             Key           `json:"key"`                        // what its seed or codes follow from
	To              *Contact      `json:"to,omitempty"`               // email, sms: where codes go
	Label           string        `json:"label,omitempty"`            // totp: ciphertext of the account label under Key; "" for none
	Seed            string        `json:"seed_ciphertext,omitempty"`  // totp: an imported seed under the seed key; "" where it follows from Key
	Algorithm       string        `json:"algorithm,omitempty"`        // totp: SHA1, SHA256 or SHA512
	Digits          int           `json:"digits"`
	Period          int           `json:"period,omitempty"` // totp: seconds
	Locale          string        `json:"locale,omitempty"`
	CreatedAt       time.Time     `json:"created_at"`
}

// Pending is an Enrollment that is not activated yet.
type Pending struct {
	Enrollment
	ExpiresAt       time.Time `json:"expires_at"`
	Sending         uint64    `json:"sending,omitempty"`         // email, sms: number of the newest sending; codes of others are dead
	NotificationID  string    `json:"notification_id,omitempty"` // email, sms: what carries it
	CodeExpiresAt   time.Time `json:"code_expires_at,omitzero"`
	ResendAt        time.Time `json:"resend_at,omitzero"` // zero when no more are sent
	Wrong           int       `json:"wrong,omitempty"`    // codes
	Reauthenticated bool      `json:"reauthenticated,omitempty"`
	SteppedUp       bool      `json:"stepped_up,omitempty"` // the request spent a step-up
	Email           *Contact  `json:"email,omitempty"`      // becomes the kept contact when activated
	Phone           *Contact  `json:"phone,omitempty"`      // likewise
}

// Active is an Enrollment whose codes count.
type Active struct {
	Enrollment
	Step        uint64    `json:"step,omitempty"` // totp: the time step that activated; it and all before it are spent
	ActivatedAt time.Time `json:"activated_at"`
	LoginID     string    `json:"login_id,omitempty"` // the login that the activation ended well
	Bounce      *Bounce   `json:"bounce,omitempty"`   // email, sms: its contact is undeliverable
}

// Kept is the contact that notices and recoveries use.
type Kept struct {
	Contact
	Since    time.Time `json:"since"`
	Replaced bool      `json:"replaced,omitempty"` // another was kept before it
	Named    bool      `json:"named,omitempty"`    // a request for another factor named it: nobody has verified it
	Bounce   *Bounce   `json:"bounce,omitempty"`   // it is undeliverable
}

// A Bounce says that a contact is undeliverable: a message to it came back for good.
type Bounce struct {
	NotificationID string    `json:"notification_id"`
	SentAt         time.Time `json:"sent_at"` // when the message was handed to the provider
	At             time.Time `json:"at"`      // when that was known
}

// Former is a contact as it was before a change of one: it is told so once.
type Former struct {
	Contact
	Notice string    `json:"notice"` // notification that tells it
	Until  time.Time `json:"until"`
}

// Codes is the set of recovery codes that counts.
type Codes struct {
	SetID       string    `json:"set_id"`
	Count       int       `json:"count"`
	Key         Key       `json:"key"` // what the codes follow from
	GeneratedAt time.Time `json:"generated_at"`
	RevealedAt  time.Time `json:"revealed_at,omitzero"`
}

// Spent is a login that a change has used up.
type Spent struct {
	LoginID string    `json:"login_id"`
	At      time.Time `json:"at"`
	For     string    `json:"for,omitempty"` // the enrollment whose seed it showed, so that a lost reply can be had again
}

// Ended is an enrollment that is no more.
type Ended struct {
	ID     string `json:"id"`
	Reason string `json:"reason"` // a DiscardReason or a RemovalReason
}

// State is what the stream says of a user at one version. The zero value is a user of whom nothing is known.
type State struct {
	Open             *Pending    `json:"open,omitempty"`
	Factors          []Active    `json:"factors,omitempty"`           // in order of activation; at most one of each kind
	FirstActivatedAt time.Time   `json:"first_activated_at,omitzero"` // of any factor, also when it is gone
	Required         bool        `json:"required,omitempty"`
	RequiredSince    time.Time   `json:"required_since,omitzero"` // zero while not Required
	Email            *Kept       `json:"email,omitempty"`
	Phone            *Kept       `json:"phone,omitempty"`
	Formers          []Former    `json:"formers,omitempty"` // newest last
	RecoveryCodes    *Codes      `json:"recovery_codes,omitempty"`
	SpentLogins      []Spent     `json:"spent_logins,omitempty"` // of the last SpentLife
	Past             []Ended     `json:"past,omitempty"`         // newest last
	Requests         []time.Time `json:"requests,omitempty"`     // for new factors, of the last hour
	Resends          []time.Time `json:"resends,omitempty"`      // of the last hour
	Misses           []time.Time `json:"misses,omitempty"`       // wrong codes, of the last day
	QuietAt          time.Time   `json:"quiet_at,omitzero"`      // last answer that changed nothing
	Key              Key         `json:"key,omitzero"`           // the newest that the stream names: a reset makes the one after it
	Recovered        string      `json:"recovered,omitempty"`    // the last recovery_id whose end removed every factor
	RecoveredAt      time.Time   `json:"recovered_at,omitzero"`  // when that case was through: what was through before has no effect any more
	Receipt          *Receipt    `json:"receipt,omitempty"`      // of the last erasure
	ErasedAt         time.Time   `json:"erased_at,omitzero"`
	ErasedRings      []string    `json:"erased_rings,omitempty"` // keyrings that must not come back from a backup, newest last
}

// SpentLife is how long a spent login is remembered: three times as long as one can be used.
const SpentLife = 15 * time.Minute

// Bounds of a state's lists.
const (
	MaxTimes   = 32 // policy must not allow more requests, resends or wrong codes in their windows
	MaxSpent   = 64 // deciders refuse to spend more within SpentLife
	maxPast    = 8
	maxFormers = 8
	maxErased  = 16 // erasures of one user in the 30 days that a backup lives
)
