package decide

import (
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
)

func (v view) requested(in Requested) (Decision, *events.Rejection) {
	to, missing := v.destination(in)
	no := first(v.allows(in.Factor), missing, v.reachable(in.Factor), v.askedAfterPassword(in), v.steppedUp(in.Login), v.requestsLeft())
	if no != nil {
		return Decision{}, no
	}
	e := v.create(in, to)
	d := decided(e)
	if to != nil {
		d.Events = append(d.Events, v.send(e))
	}
	if old := v.state.Open; old != nil {
		d.Events = append(d.Events, &enrollment.Discarded{User: in.User, EnrollmentID: old.ID, Reason: v.outcome(old)})
	}
	due := &enrollment.ExpiryDue{User: in.User, EnrollmentID: e.EnrollmentID}
	d.Timers = []Timer{{Event: due, At: e.ExpiresAt}}
	return d, nil
}

// askedAfterPassword lets a request without reauthenticated_at pass: the code has to bring it then. One that is wrong is told at once.
func (v view) askedAfterPassword(in Requested) *events.Rejection {
	if in.ReauthenticatedAt.IsZero() {
		return nil
	}
	return v.reauthenticated(in.ReauthenticatedAt)
}

// destination returns where codes go: the contact that the request names, else the one that is kept; nil for totp.
func (v view) destination(in Requested) (*enrollment.Contact, *events.Rejection) {
	switch in.Factor {
	case events.Email:
		return choose("email", in.Email, v.state.Email)
	case events.SMS:
		return choose("phone", in.Phone, v.state.Phone)
	}
	return nil, nil
}

func choose(field string, named *Named, kept *enrollment.Kept) (*enrollment.Contact, *events.Rejection) {
	switch {
	case named != nil && (kept == nil || !named.Same):
		return &named.Contact, nil
	case kept != nil:
		return &kept.Contact, nil
	}
	return nil, refuse(events.NoContact, field, "is not known: send it, or report it with contacts.reported")
}

func (v view) create(in Requested, to *enrollment.Contact) *enrollment.SecretCreated {
	e := &enrollment.SecretCreated{
		User: in.User, EnrollmentID: in.derive("enrollment"), Factor: in.Factor, ExpiresAt: v.now.Add(v.pendingLife()),
		Record: enrollment.SecretRecord{
			Key: in.Key, Locale: in.Locale, Email: changed(in.Email), Phone: changed(in.Phone),
			Reauthenticated: !in.ReauthenticatedAt.IsZero(), SpentLogin: v.spends(in.Login),
		},
	}
	if e.Record.Locale == "" {
		e.Record.Locale = v.policy.Locale
	}
	if to == nil {
		e.Algorithm, e.Digits, e.Period, e.Record.Label = v.policy.TOTP.Algorithm, v.policy.TOTP.Digits, seconds(v.policy.TOTP.Period), in.Label
		return e
	}
	e.Digits, e.DestinationHint, e.Record.To = v.policy.Code.Digits, to.Hint, to
	v.number(e, 1, in.derive("notification"))
	return e
}

// number makes e the sending n of its code.
func (v view) number(e *enrollment.SecretCreated, n uint64, notificationID string) {
	e.Record.Sending, e.Record.NotificationID = n, notificationID
	e.CodeExpiresAt, e.ResendAt = v.now.Add(v.policy.Code.Life), v.resendAt(n)
}

// send asks the notifier for the code of e's sending.
func (v view) send(e *enrollment.SecretCreated) events.Event {
	return &notification.Requested{
		User: e.User, NotificationID: e.Record.NotificationID, Channel: notification.Channel(e.Factor),
		Template: notification.EnrollmentCode, About: e.EnrollmentID, ExpiresAt: e.CodeExpiresAt, Locale: e.Record.Locale,
	}
}

func (v view) pendingLife() time.Duration {
	if v.required() {
		return v.policy.Enrollment.RequiredLife
	}
	return v.policy.Enrollment.PendingLife
}

func seconds(d time.Duration) int { return int(d / time.Second) }

func (v view) allows(f events.Factor) *events.Rejection {
	if slices.Contains(v.policy.Factors, f) {
		return nil
	}
	return refuse(events.NotAllowed, "factor", "is not a factor that this platform's policy allows")
}

// reachable refuses an app where policy wants to reach the user otherwise first. A contact that only the request names is verified by
// nobody.
func (v view) reachable(f events.Factor) *events.Rejection {
	switch p := v.policy.TOTP; {
	case f != events.TOTP:
		return nil
	case p.NeedsEmail && !verified(v.state.Email):
		return refuse(events.NoContact, "email", "is needed before an app: report one that is verified with contacts.reported")
	case p.NeedsPhone && !verified(v.state.Phone):
		return refuse(events.NoContact, "phone", "is needed before an app: report one that is verified with contacts.reported")
	}
	return nil
}

func verified(c *enrollment.Kept) bool { return c != nil && !c.Named }

func (v view) required() bool { return v.policy.Required || v.state.Required }

// outcome is what becomes of a pending enrollment that is in the way of another: its timer may be late.
func (v view) outcome(p *enrollment.Pending) enrollment.DiscardReason {
	if v.now.Before(p.ExpiresAt) {
		return enrollment.DiscardReplaced
	}
	return enrollment.DiscardExpired
}

func changed(c *Named) *enrollment.Contact {
	if c == nil || c.Same {
		return nil
	}
	return &c.Contact
}
