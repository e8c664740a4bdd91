// Package channel is the seam between the notifier and whoever carries its messages.
//
// A Channel tries once. It never tries again by itself: only its caller knows whether the code still lives, and whether a second
// copy does harm. What went wrong comes back as a *Failure, whose text holds neither the address nor the code nor the message, so
// that it may be logged and kept.
package channel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"countersign/pkg/events"
)

// A Channel carries notifications over one provider. It is safe for concurrent use.
type Channel interface {
	// Name is the provider as notification.sent names it, for instance "smtp" or "twilio".
	Name() string

	// Send hands n over once, within ctx and the channel's own timeout, whichever ends first. An error is always a *Failure.
	Send(ctx context.Context, n Notification) (Receipt, error)
}

// A Finder is a Channel whose provider can be asked what became of a sending whose answer was lost.
type Finder interface {
	// Find looks for n among what the provider has taken since a time. It sends nothing.
	Find(ctx context.Context, n Notification, since time.Time) (receipt Receipt, found bool, err error)
}

// A Notification is one message to one recipient. However it is printed or logged, it shows its ID alone.
type Notification struct {
	ID      string        // the notification_id; the same for each sending of it, so that a provider may drop a second copy
	To      events.Secret `json:"-"` // an email address or an E.164 number
	Subject string        `json:"-"` // without the code; empty for a text
	Text    events.Secret `json:"-"`
	HTML    events.Secret `json:"-"` // says what Text says; empty: Text alone
	Mark    events.Secret `json:"-"` // a part of Text that tells it from other messages to the same recipient: the code, else a link, else all of it
	Route   string        // platform/userkey/notification_id: where a report of it belongs
	// ReturnPath is where a mail that cannot be delivered after all comes back to; empty: to its sender.
	ReturnPath string
	ValidFor   time.Duration // what is left of the code's life: later it need not arrive; 0: no bound
	// Withdrawn says why the message must not leave any more, "" where it may. It is asked at the last moment at which that helps: see LastLook.
	Withdrawn func(context.Context) Reason `json:"-"`
}

// LogValue shows what may be kept.
func (n Notification) LogValue() slog.Value { return slog.GroupValue(slog.String("id", n.ID)) }

// Format shows what may be kept, whatever the verb.
func (n Notification) Format(f fmt.State, _ rune) { _, _ = fmt.Fprintf(f, "notification %s", n.ID) }

// A Receipt is what the provider's acceptance leaves behind. Accepted is not delivered.
type Receipt struct {
	ProviderID string // how the provider calls the message: a Message-ID, a SID
}

// A Reason is why a notification did not go out, as notification.failed says it.
type Reason string

const (
	BadAddress     Reason = "bad_address"     // no such mailbox or number: only another address helps
	OptedOut       Reason = "opted_out"       // the recipient said STOP
	Unreachable    Reason = "unreachable"     // the address is right, but cannot be reached, now or this way
	ProviderDown   Reason = "provider_down"   // the provider, or the operator's account or settings with it
	Expired        Reason = "expired"         // the provider, or the line to it, held it until the code was dead
	Superseded     Reason = "superseded"      // nobody waits for it any more
	UnknownOutcome Reason = "unknown_outcome" // the provider may have it; nobody can tell
)

// A Failure is the only error of Send. Its text is safe to keep.
type Failure struct {
	Reason    Reason
	Temporary bool   // the same notification may go out later, unchanged
	Unknown   bool   // the provider may have taken it: a second sending may arrive twice. Never together with Temporary
	Withdrawn bool   // it did not leave, because nobody waits for it any more
	Code      string // the provider's own, for operators; may be empty
	Operator  bool   // nothing that a user does mends it, only a setting or the account: worth an alert
	Err       error  // what happened, without the provider's own words: they quote addresses
}

func (f *Failure) Error() string { return fmt.Sprintf("%s: %v", f.Reason, f.Err) }
func (f *Failure) Unwrap() error { return f.Err }

// Permanent is a refusal that is about the recipient.
func Permanent(reason Reason, err error) *Failure { return &Failure{Reason: reason, Err: err} }

// Later is a refusal that may pass.
func Later(reason Reason, err error) *Failure {
	return &Failure{Reason: reason, Temporary: true, Err: err}
}

// Lost is a sending whose outcome is unknown.
func Lost(err error) *Failure { return &Failure{Reason: UnknownOutcome, Unknown: true, Err: err} }

// Misconfigured is a refusal that only the operator can mend.
func Misconfigured(err error) *Failure {
	return &Failure{Reason: ProviderDown, Operator: true, Err: err}
}

// AsFailure reports whether err is one; nil is none.
func AsFailure(err error) (*Failure, bool) { return errors.AsType[*Failure](err) }
