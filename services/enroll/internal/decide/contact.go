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
	if in.Email != nil && in.Email.Same {
		d.Events = append(d.Events, v.clears(in.Request, notification.Email)...)
	}
	if in.Phone != nil && in.Phone.Same {
		d.Events = append(d.Events, v.clears(in.Request, notification.SMS)...)
	}
	return d, nil
}

// proves reports whether the platform says of a contact that only a request has named that it has verified it.
func proves(reported *Named, kept *enrollment.Kept) bool {
	return reported != nil && reported.Same && kept != nil && kept.Named
}

// settled keeps the contacts that the request for p named. The one that the code came to is verified by it; nobody has verified another.
func (v view) settled(in Request, p enrollment.Pending) []events.Event {
	email, phone := reaches(p, events.Email, v.state.Email), reaches(p, events.SMS, v.state.Phone)
	if p.Email == nil && p.Phone == nil && !email && !phone {
		return nil
	}
	list := v.keep(in, p.Email, p.Phone, "")
	r := &list[0].(*enrollment.ContactsChanged).Record
	r.EmailNamed, r.PhoneNamed = p.Email != nil && p.Factor != events.Email, p.Phone != nil && p.Factor != events.SMS
	r.EmailProven, r.PhoneProven = email, phone
	return list
}

// reaches reports whether the code of p was sent to a kept contact that was only named. One that was kept anew since has another ciphertext.
func reaches(p enrollment.Pending, by events.Factor, kept *enrollment.Kept) bool {
	return p.Factor == by && kept != nil && kept.Named && p.To != nil && *p.To == kept.Contact
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
