package notification

import (
	"strings"
	"time"

	"countersign/pkg/events"
)

const (
	maxProvider = 64 // bytes
	maxPrefix   = 7  // digits: a calling code has three at most
)

func (e *Requested) Validate() error {
	return message(e.User, e.NotificationID, e.Channel, e.Template, e.About, e.ExpiresAt, e.Locale)
}

func (e *Sending) Validate() error {
	return events.First(
		message(e.User, e.NotificationID, e.Channel, e.Template, e.About, e.ExpiresAt, e.Locale),
		events.ID("provider", e.Provider, maxProvider),
		try(e.Try, 1),
	)
}

func (e *Deferred) Validate() error {
	return events.First(e.Requested.Validate(), events.When("retry_at", e.RetryAt))
}

func message(user, id string, c Channel, t Template, about string, expires time.Time, locale string) error {
	return events.First(
		events.CheckUser(user),
		events.ID("notification_id", id, events.MaxID),
		events.OneOf("channel", c, Email, SMS),
		events.ID("template", string(t), events.MaxID),
		events.Word("template", string(t)),
		events.ID("about", about, events.MaxID),
		events.When("expires_at", expires),
		events.OptionalID("locale", locale, events.MaxLocale),
	)
}

func try(n, least int) error {
	if n < least {
		return events.Fault("try", "is below %d: tries count from 1", least)
	}
	return nil
}

func (o *Outcome) check() error {
	return events.First(
		events.CheckUser(o.User),
		events.ID("notification_id", o.NotificationID, events.MaxID),
		events.ID("about", o.About, events.MaxID),
		events.OneOf("channel", o.Channel, Email, SMS),
		events.OptionalID("provider", o.Provider, maxProvider),
		events.OneOf("reason", o.Reason, append(reasons(), "")...),
	)
}

func reasons() []Reason {
	return []Reason{BadAddress, OptedOut, Unreachable, ProviderDown, OverBudget, Expired, Superseded, UnknownOutcome}
}

func (o *Outcome) because() error {
	return events.First(o.check(), events.OneOf("reason", o.Reason, reasons()...))
}

func (e *Sent) Validate() error       { return e.check() }
func (e *Delivered) Validate() error  { return e.check() }
func (e *Failed) Validate() error     { return e.because() }
func (e *Suppressed) Validate() error { return e.because() }

func (e *PrefixPaused) Validate() error {
	return events.First(prefix(e.Prefix), counted("sent", e.Sent), counted("entered", e.Entered), events.When("until", e.Until))
}

func prefix(digits string) error {
	if len(digits) < 1 || len(digits) > maxPrefix || strings.Trim(digits, "0123456789") != "" {
		return events.Fault("prefix", "is not what a number begins with: write 1 to %d digits", maxPrefix)
	}
	return nil
}

func counted(field string, n int64) error {
	if n < 0 {
		return events.Fault(field, "is below 0")
	}
	return nil
}

func (e *RetryDue) Validate() error {
	return events.First(
		events.CheckUser(e.User),
		events.ID("notification_id", e.NotificationID, events.MaxID),
		try(e.Try, 1),
	)
}
