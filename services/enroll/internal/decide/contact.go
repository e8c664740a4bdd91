package decide

import (
	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
)

func (v view) contacts(in ContactsReported) (Decision, *events.Rejection) {
	if no := v.steppedUp(in.Login); no != nil {
		return Decision{}, no
	}
	d := decided(v.keep(in.Request, changed(in.Email), changed(in.Phone), v.spends(in.Login))...)
	r := &d.Events[0].(*enrollment.ContactsChanged).Record
	r.EmailProven, r.PhoneProven = proves(in.Email, v.state.Email), proves(in.Phone, v.state.Phone)
	return d, nil
}

// proves reports whether the platform says of a contact that only a request has named that it has verified it.
func proves(reported *Named, kept *enrollment.Kept) bool {
	return reported != nil && reported.Same && kept != nil && kept.Named
}

// keep says which contacts are kept from now on, and tells those that were kept before, the one that stays as well.
func (v view) keep(in Request, email, phone *enrollment.Contact, spent string) []events.Event {
	e := &enrollment.ContactsChanged{
		User: in.User, EmailHint: hint(v.state.Email, email), PhoneHint: hint(v.state.Phone, phone),
		Record: enrollment.ContactsRecord{Email: email, Phone: phone, SpentLogin: spent},
	}
	list := []events.Event{e}
	if email == nil && phone == nil {
		return list
	}
	for _, channel := range v.kept() {
		n := v.notice(in, channel, notification.ContactChanged, in.ID)
		if channel == notification.Email {
			e.Record.EmailNotice = n.NotificationID
		} else {
			e.Record.PhoneNotice = n.NotificationID
		}
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
