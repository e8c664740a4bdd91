package notification

import (
	"time"

	"countersign/pkg/events"
)

// Requested asks for one message. It never holds the code, the link or the address.
type Requested struct {
	User           string    `json:"user"`
	NotificationID string    `json:"notification_id"` // derived from its cause, 1 to 128 bytes
	Channel        Channel   `json:"channel"`
	Template       Template  `json:"template"`
	About          string    `json:"about"`            // id of the challenge, enrollment or case that it serves
	ExpiresAt      time.Time `json:"expires_at"`       // from then on it is not sent
	Locale         string    `json:"locale,omitempty"` // BCP 47, at most 35 bytes
}

// Sending is the durable intent to call a provider: kept in the stream before each call, never on the bus. It repeats what the
// message is, because the request stands in another stream.
type Sending struct {
	User           string    `json:"user"`
	NotificationID string    `json:"notification_id"`
	Channel        Channel   `json:"channel"`
	Template       Template  `json:"template"`
	About          string    `json:"about"`
	ExpiresAt      time.Time `json:"expires_at"`
	Locale         string    `json:"locale,omitempty"`
	Provider       string    `json:"provider"` // which one is called
	Try            int       `json:"try"`      // from 1
	// Settled: the provider of the try before, of which nobody knew the outcome, says that it has no such message.
	Settled bool    `json:"settled,omitempty"`
	To      Contact `json:"to,omitzero"`
}

// A Contact is where a message goes, as enroll has sealed it: who may open it can tell whether it is another one.
type Contact struct {
	Ciphertext string `json:"ciphertext"`
	Keyring    string `json:"keyring"` // under whose delivery key
}

// Deferred keeps that no provider could be asked: it is no try, and never on the bus. It repeats what the message is, as Sending does.
type Deferred struct {
	Requested
	RetryAt time.Time `json:"retry_at"` // when it is looked at again
}

// An Outcome is what Sent, Delivered, Failed and Suppressed say.
type Outcome struct {
	User           string  `json:"user"`
	NotificationID string  `json:"notification_id"`
	About          string  `json:"about"`
	Channel        Channel `json:"channel"`
	Provider       string  `json:"provider,omitempty"` // absent where none was called
	Final          bool    `json:"final"`              // nothing will follow
	Reason         Reason  `json:"reason,omitempty"`   // required for Failed and Suppressed
}

// Sent says that a provider took the message.
type Sent struct {
	Outcome
	Record SentRecord `json:"-"`
}

// SentRecord is what only the stream keeps.
type SentRecord struct {
	Try         int    `json:"try"`                    // which Sending it answers
	ProviderRef string `json:"provider_ref,omitempty"` // the provider's name for the message: its callback is found by it
}

// Delivered says that the provider reports arrival.
type Delivered struct{ Outcome }

// Failed says that a try did not get through.
type Failed struct {
	Outcome
	Record FailedRecord `json:"-"`
}

// FailedRecord is what only the stream keeps.
type FailedRecord struct {
	Try          int       `json:"try"`
	ProviderCode string    `json:"provider_code,omitempty"` // the provider's own, for operators
	RetryAt      time.Time `json:"retry_at,omitzero"`       // when it is looked at again; zero where it is final
	Bounced      bool      `json:"bounced,omitempty"`       // the address is at fault, for good
	Elsewhere    bool      `json:"elsewhere,omitempty"`     // the provider is at fault: the next try is another's
	Taken        bool      `json:"taken,omitempty"`         // the provider had taken it: another try is another message
	Budget       string    `json:"budget,omitempty"`        // which one would have been overdrawn: user, contact, prefix, country, platform, notice or pause
}

// Suppressed says that the message was not sent.
type Suppressed struct{ Outcome }

// PrefixPaused says that codes are not texted to some numbers for a while; where proven, to users who do not enter theirs. It is about no
// user: at least ten thousand numbers begin so.
type PrefixPaused struct {
	Prefix  string    `json:"prefix"`  // calling code and up to four digits, without the plus, 1 to 7 digits
	Proven  bool      `json:"proven"`  // codes for numbers that their users have proven; else those for numbers that nobody has
	Sent    int64     `json:"sent"`    // codes within the policy's window whose life is over
	Entered int64     `json:"entered"` // codes that were entered
	Until   time.Time `json:"until"`   // from then on codes go out again
}

// RetryDue is the notifier's message to itself.
type RetryDue struct {
	User           string `json:"user"`
	NotificationID string `json:"notification_id"`
	Try            int    `json:"try"` // the one that is due, from 1
}

func (*Requested) EventType() string    { return RequestedType }
func (*Sending) EventType() string      { return SendingType }
func (*Deferred) EventType() string     { return DeferredType }
func (*Sent) EventType() string         { return SentType }
func (*Delivered) EventType() string    { return DeliveredType }
func (*Failed) EventType() string       { return FailedType }
func (*Suppressed) EventType() string   { return SuppressedType }
func (*PrefixPaused) EventType() string { return PrefixPausedType }
func (*RetryDue) EventType() string     { return RetryDueType }

func (e *Requested) UserID() string  { return e.User }
func (e *Sending) UserID() string    { return e.User }
func (o *Outcome) UserID() string    { return o.User }
func (*PrefixPaused) UserID() string { return "" }
func (e *RetryDue) UserID() string   { return e.User }

func (e *Sent) RecordPart() any   { return &e.Record }
func (e *Failed) RecordPart() any { return &e.Record }

var (
	_ events.Recorded = (*Sent)(nil)
	_ events.Recorded = (*Failed)(nil)
)
