package enrollment

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
)

// Wire names of what becomes of a user as a whole.
const (
	FactorRemovedType          = "countersign.factor.removed.v1"
	RecoveryCodesGeneratedType = "countersign.recovery_codes.generated.v1"
	RecoveryCodesRevealedType  = "countersign.recovery_codes.revealed.v1"
	RequirementChangedType     = "countersign.requirement.changed.v1"
	ContactsChangedType        = "countersign.contacts.changed.v1"
	ContactsBouncedType        = "countersign.contacts.bounced.v1"
	ContactsReachedType        = "countersign.contacts.reached.v1"
	UserErasedType             = "countersign.user.erased.v1"
)

// FactorRemoved says which factors are gone.
type FactorRemoved struct {
	User       string          `json:"user"`
	Factors    []RemovedFactor `json:"factors"` // empty where there was nothing to remove
	Reason     RemovalReason   `json:"reason"`
	RecoveryID string          `json:"recovery_id,omitempty"` // the case that they were removed for
	Record     RemovedRecord   `json:"-"`
}

// A RemovedFactor names one of them.
type RemovedFactor struct {
	EnrollmentID string        `json:"enrollment_id"`
	Factor       events.Factor `json:"factor"`
}

// RemovedRecord is what the stream keeps of FactorRemoved.
type RemovedRecord struct {
	SpentLogin string `json:"spent_login,omitempty"` // user: the step-up
	By         string `json:"by,omitempty"`          // admin: staff id
	Reason     string `json:"reason,omitempty"`      // admin: ciphertext of the free text
	ReasonKey  Key    `json:"reason_key,omitzero"`
	// CompletedAt is when the recovery was through: what became active later stays.
	CompletedAt time.Time `json:"completed_at,omitzero"`
}

func (*FactorRemoved) EventType() string { return FactorRemovedType }
func (e *FactorRemoved) UserID() string  { return e.User }
func (e *FactorRemoved) RecordPart() any { return &e.Record }

func (e *FactorRemoved) Validate() error {
	for _, f := range e.Factors {
		if err := events.First(checkEnrollment(f.EnrollmentID), checkFactor(f.Factor)); err != nil {
			return events.Fault("factors", "holds an entry that %s", err)
		}
	}
	return events.First(
		events.CheckUser(e.User),
		events.OneOf("reason", e.Reason,
			RemovedByUser, RemovedByAdmin, RemovedByRecovery, RemovedReplaced, RemovedErased),
		events.OptionalID("recovery_id", e.RecoveryID, events.MaxID),
	)
}

// RecoveryCodesGenerated says that a new set of recovery codes counts from now on.
type RecoveryCodesGenerated struct {
	User   string      `json:"user"`
	SetID  string      `json:"set_id"`
	Count  int         `json:"count"`
	Record CodesRecord `json:"-"`
}

// CodesRecord is what the stream keeps of RecoveryCodesGenerated.
type CodesRecord struct {
	Key        Key    `json:"key"`
	SpentLogin string `json:"spent_login,omitempty"`
}

func (*RecoveryCodesGenerated) EventType() string { return RecoveryCodesGeneratedType }
func (e *RecoveryCodesGenerated) UserID() string  { return e.User }
func (e *RecoveryCodesGenerated) RecordPart() any { return &e.Record }

func (e *RecoveryCodesGenerated) Validate() error { return checkSet(e.User, e.SetID, e.Count) }

// RecoveryCodesRevealed says that a set was shown for the first time.
type RecoveryCodesRevealed struct {
	User  string `json:"user"`
	SetID string `json:"set_id"`
	Count int    `json:"count"`
}

func (*RecoveryCodesRevealed) EventType() string { return RecoveryCodesRevealedType }
func (e *RecoveryCodesRevealed) UserID() string  { return e.User }

func (e *RecoveryCodesRevealed) Validate() error { return checkSet(e.User, e.SetID, e.Count) }

func checkSet(user, set string, count int) error {
	return events.First(
		events.CheckUser(user),
		events.ID("set_id", set, events.MaxID),
		checkPositive("count", count),
	)
}

// RequirementChanged says whether this user must have a factor.
type RequirementChanged struct {
	User     string `json:"user"`
	Required bool   `json:"required"`
	By       string `json:"by"` // staff id
}

func (*RequirementChanged) EventType() string { return RequirementChangedType }
func (e *RequirementChanged) UserID() string  { return e.User }

func (e *RequirementChanged) Validate() error {
	return events.First(events.CheckUser(e.User), checkBy(e.By))
}

// ContactsChanged says which contacts are kept from now on, all of them, masked.
type ContactsChanged struct {
	User      string         `json:"user"`
	EmailHint string         `json:"email_hint,omitempty"`
	PhoneHint string         `json:"phone_hint,omitempty"`
	Record    ContactsRecord `json:"-"`
}

// ContactsRecord is what the stream keeps of ContactsChanged: only what is new.
type ContactsRecord struct {
	Email       *Contact `json:"email,omitempty"`
	Phone       *Contact `json:"phone,omitempty"`
	EmailNotice string   `json:"email_notice,omitempty"` // notification that tells the address that was kept before, changed or not
	PhoneNotice string   `json:"phone_notice,omitempty"` // likewise the number
	SpentLogin  string   `json:"spent_login,omitempty"`
	EmailNamed  bool     `json:"email_named,omitempty"`  // by a request for a factor: nobody has verified it
	PhoneNamed  bool     `json:"phone_named,omitempty"`  // likewise
	EmailProven bool     `json:"email_proven,omitempty"` // the one that is kept is verified: by the platform, or by a code
	PhoneProven bool     `json:"phone_proven,omitempty"` // likewise
}

func (*ContactsChanged) EventType() string { return ContactsChangedType }
func (e *ContactsChanged) UserID() string  { return e.User }
func (e *ContactsChanged) RecordPart() any { return &e.Record }

func (e *ContactsChanged) Validate() error { return events.CheckUser(e.User) }

// ContactsBounced keeps which of a user's contacts are undeliverable: those that a message went to which came back for good. It is never on
// the bus: notification.failed says it there.
type ContactsBounced struct {
	User           string               `json:"user"`
	NotificationID string               `json:"notification_id"`
	Channel        notification.Channel `json:"channel"`
	SentAt         time.Time            `json:"sent_at"`
	Kept           bool                 `json:"kept,omitempty"`           // the contact of notices and recoveries
	EnrollmentIDs  []string             `json:"enrollment_ids,omitempty"` // the factors whose codes go there
}

// ContactsReached keeps that contacts are undeliverable no longer: a later message arrived, or somebody has shown that they can be reached.
type ContactsReached struct {
	User          string               `json:"user"`
	Channel       notification.Channel `json:"channel"`
	Kept          bool                 `json:"kept,omitempty"`
	EnrollmentIDs []string             `json:"enrollment_ids,omitempty"`
}

func (*ContactsBounced) EventType() string { return ContactsBouncedType }
func (e *ContactsBounced) UserID() string  { return e.User }
func (*ContactsReached) EventType() string { return ContactsReachedType }
func (e *ContactsReached) UserID() string  { return e.User }

func (e *ContactsBounced) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.ID("notification_id", e.NotificationID, events.MaxID),
		events.When("sent_at", e.SentAt),
		checkMarked(e.Channel, e.EnrollmentIDs),
	)
}

func (e *ContactsReached) Validate() error {
	return events.First(events.CheckUser(e.User), checkMarked(e.Channel, e.EnrollmentIDs))
}

func checkMarked(c notification.Channel, enrollments []string) error {
	for _, id := range enrollments {
		if err := checkEnrollment(id); err != nil {
			return events.Fault("enrollment_ids", "holds an entry that %s", err)
		}
	}
	return events.OneOf("channel", c, notification.Email, notification.SMS)
}

// UserErased says that a user's keys are deleted, so that nothing kept of them can be read.
type UserErased struct {
	User    string       `json:"user"`
	Receipt Receipt      `json:"receipt"`
	Record  ErasedRecord `json:"-"`
}

// ErasedRecord is what the stream keeps of UserErased.
type ErasedRecord struct {
	Keyring string `json:"keyring,omitempty"` // whose keys are deleted; none where nothing was ever hidden
}

// A Receipt says what was erased when.
type Receipt struct {
	ID         string    `json:"id"`
	ErasedAt   time.Time `json:"erased_at"`
	CompleteAt time.Time `json:"complete_at"` // when the last backup that holds the keys is gone
}

func (*UserErased) EventType() string { return UserErasedType }
func (e *UserErased) UserID() string  { return e.User }
func (e *UserErased) RecordPart() any { return &e.Record }

func (e *UserErased) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.ID("receipt", e.Receipt.ID, events.MaxID),
		events.When("receipt", e.Receipt.CompleteAt),
	)
}
