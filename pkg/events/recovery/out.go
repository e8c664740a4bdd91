package recovery

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
)

// Step is one thing that a case demands.
type Step string

const (
	Link          Step = "link"           // open the link that was mailed
	Text          Step = "sms"            // enter the code that was texted
	Captcha       Step = "captcha"        // pass a CAPTCHA
	RecoveryCode  Step = "recovery_code"  // enter one of the printed codes
	Approval      Step = "approval"       // a second person approves
	WaitingPeriod Step = "waiting_period" // time in which a notified contact can cancel
)

// ApprovalReason says why a case waits for a second person.
type ApprovalReason string

const (
	BySupport ApprovalReason = "support" // support asked for the case
	ByPolicy  ApprovalReason = "policy"  // the platform's policy demands the step
)

// Opened says that a case is open, or, again, how it stands after a resend.
type Opened struct {
	User            string    `json:"user"`
	RecoveryID      string    `json:"recovery_id"`
	Steps           []Step    `json:"steps"`                      // what must be passed, in order
	DestinationHint string    `json:"destination_hint,omitempty"` // masked contact to which the first step went
	LinkExpiresAt   time.Time `json:"link_expires_at,omitzero"`
	ExpiresAt       time.Time `json:"expires_at"` // of the case

	Record OpenedRecord `json:"-"`
}

// OpenedRecord is what the stream keeps of Opened.
type OpenedRecord struct {
	LoginID  string         `json:"login_id"`  // that asked: asking again by it is the resend
	Key      enrollment.Key `json:"key"`       // what links and texted codes follow from
	Sending  uint64         `json:"sending"`   // number of the link's newest sending, from 1: links of others are dead
	ResendAt time.Time      `json:"resend_at"` // when another may be asked for
	Locale   string         `json:"locale,omitempty"`
}

// StepPassed says that one step is done.
type StepPassed struct {
	User        string    `json:"user"`
	RecoveryID  string    `json:"recovery_id"`
	Step        Step      `json:"step"`
	NextStep    Step      `json:"next_step,omitempty"`   // absent after the last
	CompletesAt time.Time `json:"completes_at,omitzero"` // end of a waiting period that has begun

	Record StepPassedRecord `json:"-"`
}

// StepPassedRecord is what the stream keeps of StepPassed.
type StepPassedRecord struct {
	Claim     uint64    `json:"claim,omitempty"`     // by whose browser; 0 where no browser did it
	Proof     string    `json:"proof,omitempty"`     // captcha: names what was solved, so that it is not taken twice
	ExpiresAt time.Time `json:"expires_at,omitzero"` // of the case, where the next step takes longer
}

// ApprovalRequired says that the case waits for a second person.
type ApprovalRequired struct {
	User        string         `json:"user"`
	RecoveryID  string         `json:"recovery_id"`
	RequestedBy string         `json:"requested_by,omitempty"` // opaque staff id: this person cannot approve
	Reason      ApprovalReason `json:"reason"`                 // a word; the free text is told by recovery.status alone
	CaseRef     string         `json:"case_ref,omitempty"`     // the support tool's name for the case
	ExpiresAt   time.Time      `json:"expires_at"`

	Record ApprovalRecord `json:"-"`
}

// ApprovalRecord is what the stream keeps of an ApprovalRequired that opens a case.
type ApprovalRecord struct {
	Key         enrollment.Key `json:"key,omitzero"`                // what cancel links follow from, and what Reason is encrypted under
	Reason      string         `json:"reason_ciphertext,omitempty"` // the free text
	Unavailable []Contact      `json:"unavailable,omitzero"`        // contacts that the user cannot reach
	Steps       []Step         `json:"steps,omitzero"`              // what must be passed, in order
	Locale      string         `json:"locale,omitempty"`
}

// An Outcome is what Approved, Denied, Cancelled, Expired and Completed say.
type Outcome struct {
	User        string    `json:"user"`
	RecoveryID  string    `json:"recovery_id"`
	By          string    `json:"by,omitempty"`          // opaque staff id, or absent where no person of the platform did it
	Reason      string    `json:"reason,omitempty"`      // a word of lower-case letters, never free text
	CompletesAt time.Time `json:"completes_at,omitzero"` // end of the waiting period; absent where none begins
}

// Approved says that a second person approved; the waiting period begins.
type Approved struct {
	Outcome
	Record VerdictRecord `json:"-"`
}

// Denied says that a second person denied.
type Denied struct {
	Outcome
	Record VerdictRecord `json:"-"`
}

// VerdictRecord is what the stream keeps of a decision by a second person.
type VerdictRecord struct {
	Note string `json:"note_ciphertext,omitempty"` // free text, under the case's key
}

// Reasons of Cancelled.
const (
	CancelledBySupport = "support"  // by names who
	CancelledByContact = "contact"  // whoever reads the user's mail or texts followed a cancel link
	CancelledReplaced  = "replaced" // a newer case took its place
	CancelledErased    = "erased"   // the user was forgotten, and with the keys every link and code
)

// Cancelled says that support, or a notified contact, ended the case, or that a newer one took its place.
type Cancelled struct{ Outcome }

// Expired says that the time of the case ran out.
type Expired struct{ Outcome }

// Completed says that the case is through. It is a hint: enroll reads the case's stream before it clears a factor.
type Completed struct{ Outcome }

func (*Opened) EventType() string           { return OpenedType }
func (*StepPassed) EventType() string       { return StepPassedType }
func (*ApprovalRequired) EventType() string { return ApprovalRequiredType }
func (*Approved) EventType() string         { return ApprovedType }
func (*Denied) EventType() string           { return DeniedType }
func (*Cancelled) EventType() string        { return CancelledType }
func (*Expired) EventType() string          { return ExpiredType }
func (*Completed) EventType() string        { return CompletedType }

func (e *Opened) RecordPart() any           { return &e.Record }
func (e *StepPassed) RecordPart() any       { return &e.Record }
func (e *ApprovalRequired) RecordPart() any { return &e.Record }
func (e *Approved) RecordPart() any         { return &e.Record }
func (e *Denied) RecordPart() any           { return &e.Record }

func (e *Opened) UserID() string           { return e.User }
func (e *StepPassed) UserID() string       { return e.User }
func (e *ApprovalRequired) UserID() string { return e.User }
func (o *Outcome) UserID() string          { return o.User }

func (e *Opened) Validate() error {
	err := events.First(
		events.CheckUser(e.User),
		events.ID("recovery_id", e.RecoveryID, events.MaxID),
		events.OptionalID("destination_hint", e.DestinationHint, events.MaxHint),
		events.When("expires_at", e.ExpiresAt),
	)
	if len(e.Steps) == 0 {
		err = events.First(err, events.Fault("steps", "is missing: name at least one step"))
	}
	for _, step := range e.Steps {
		err = events.First(err, checkStep("steps", step))
	}
	return err
}

func (e *StepPassed) Validate() error {
	err := events.First(
		events.CheckUser(e.User),
		events.ID("recovery_id", e.RecoveryID, events.MaxID),
		checkStep("step", e.Step),
	)
	if e.NextStep != "" {
		err = events.First(err, checkStep("next_step", e.NextStep))
	}
	return err
}

func checkStep(field string, s Step) error {
	return events.OneOf(field, s, Link, Text, Captcha, RecoveryCode, Approval, WaitingPeriod)
}

func (e *ApprovalRequired) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.ID("recovery_id", e.RecoveryID, events.MaxID),
		events.OptionalID("requested_by", e.RequestedBy, events.MaxID),
		events.OneOf("reason", e.Reason, BySupport, ByPolicy),
		events.OptionalID("case_ref", e.CaseRef, events.MaxID),
		events.When("expires_at", e.ExpiresAt),
	)
}

// Validate checks what the five have in common.
func (o *Outcome) Validate() error {
	return events.First(
		events.CheckUser(o.User),
		events.ID("recovery_id", o.RecoveryID, events.MaxID),
		events.OptionalID("by", o.By, events.MaxID),
		events.Word("reason", o.Reason),
	)
}
