package decide

import (
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
)

func (v view) removal(in RemovalRequested) (Decision, *events.Rejection) {
	if no := first(v.reauthenticated(in.ReauthenticatedAt), v.steppedUp(in.Login)); no != nil {
		return Decision{}, no
	}
	gone := v.factors(func(a enrollment.Active) bool { return in.Factor == enrollment.All || a.Factor == in.Factor })
	if len(gone) > 0 && len(gone) == len(v.state.Factors) && v.required() {
		return Decision{}, refuse(events.NotAllowed, "factor", "is the last one and this user must have one: enroll another before")
	}
	return decided(&enrollment.FactorRemoved{
		User: in.User, Factors: gone, Reason: enrollment.RemovedByUser,
		Record: enrollment.RemovedRecord{SpentLogin: v.spends(in.Login)},
	}), nil
}

func (v view) contacts(in ContactsReported) (Decision, *events.Rejection) {
	if no := v.steppedUp(in.Login); no != nil {
		return Decision{}, no
	}
	return decided(v.keep(in.Request, changed(in.Email), changed(in.Phone), v.spends(in.Login))...), nil
}

// keep says which contacts are kept from now on, and tells those that are replaced.
func (v view) keep(in Request, email, phone *enrollment.Contact, spent string) []events.Event {
	e := &enrollment.ContactsChanged{
		User: in.User, EmailHint: hint(v.state.Email, email), PhoneHint: hint(v.state.Phone, phone),
		Record: enrollment.ContactsRecord{Email: email, Phone: phone, SpentLogin: spent},
	}
	list := []events.Event{e}
	if v.state.Email != nil && email != nil {
		n := v.notice(in, notification.Email, notification.ContactChanged, in.ID)
		e.Record.EmailNotice = n.NotificationID
		list = append(list, n)
	}
	if v.state.Phone != nil && phone != nil {
		n := v.notice(in, notification.SMS, notification.ContactChanged, in.ID)
		e.Record.PhoneNotice = n.NotificationID
		list = append(list, n)
	}
	return list
}

func hint(kept *enrollment.Kept, c *enrollment.Contact) string {
	switch {
	case c != nil:
		return c.Hint
	case kept != nil:
		return kept.Hint
	}
	return ""
}

// noticeLife is the age at which a notice is no longer sent.
const noticeLife = 24 * time.Hour

func (v view) notice(in Request, c notification.Channel, t notification.Template, about string) *notification.Requested {
	return &notification.Requested{
		User: in.User, NotificationID: in.derive("notice " + string(c)), Channel: c, Template: t, About: about,
		ExpiresAt: v.now.Add(noticeLife), Locale: v.policy.Locale,
	}
}

func (v view) requirement(in RequirementRequested) Decision {
	return decided(&enrollment.RequirementChanged{User: in.User, Required: in.Required, By: in.By})
}

func (v view) reset(in ResetRequested) (Decision, *events.Rejection) {
	if slices.Contains(v.policy.Recovery.Steps, recovery.Approval) {
		return Decision{}, refuse(events.NotAllowed, "", "is not allowed where recovery demands approval: send recovery.support_requested")
	}
	gone := v.factors(func(enrollment.Active) bool { return true })
	d := decided(&enrollment.FactorRemoved{
		User: in.User, Factors: gone, Reason: enrollment.RemovedByAdmin,
		Record: enrollment.RemovedRecord{By: in.By, Reason: in.Reason, ReasonKey: in.ReasonKey},
	})
	if open := v.state.Open; open != nil { // somebody else may have begun it
		d.Events = append(d.Events, &enrollment.Discarded{
			User: in.User, EnrollmentID: open.ID, Reason: enrollment.DiscardRemoved,
		})
	}
	if in.Required != nil && *in.Required != v.state.Required {
		d.Events = append(d.Events, &enrollment.RequirementChanged{User: in.User, Required: *in.Required, By: in.By})
	}
	if len(gone) > 0 {
		d.Events = append(d.Events, v.tellReset(in.Request, gone[len(gone)-1].EnrollmentID)...)
	}
	return d, nil
}

// tellReset tells every contact: a reset that its owner did not ask for must not go unseen.
func (v view) tellReset(in Request, about string) []events.Event {
	var list []events.Event
	if v.state.Email != nil {
		list = append(list, v.notice(in, notification.Email, notification.FactorReset, about))
	}
	if v.state.Phone != nil {
		list = append(list, v.notice(in, notification.SMS, notification.FactorReset, about))
	}
	return list
}
