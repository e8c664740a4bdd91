package decide

import (
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
)

// bounced marks the contacts that a message came back from, unless they have changed since it was sent. The first bounce stands.
func (v view) bounced(in Bounced) Decision {
	fresh := func(b *enrollment.Bounce, since time.Time) bool { return b == nil && !in.SentAt.Before(since) }
	e := &enrollment.ContactsBounced{
		User: in.User, NotificationID: in.NotificationID, Channel: in.Channel, SentAt: in.SentAt,
		EnrollmentIDs: v.among(in.EnrollmentIDs, func(a enrollment.Active) bool { return fresh(a.Bounce, a.ActivatedAt) }),
	}
	kept := v.contact(in.Channel)
	if e.Kept = in.Kept && kept != nil && fresh(kept.Bounce, kept.Since); !e.Kept && len(e.EnrollmentIDs) == 0 {
		return Decision{}
	}
	return decided(e)
}

// arrived takes the marks away that an earlier message left.
func (v view) arrived(in Arrived) Decision {
	earlier := func(b *enrollment.Bounce) bool { return b != nil && in.SentAt.After(b.SentAt) }
	e := &enrollment.ContactsReached{
		User: in.User, Channel: in.Channel,
		EnrollmentIDs: v.among(in.EnrollmentIDs, func(a enrollment.Active) bool { return earlier(a.Bounce) }),
	}
	kept := v.contact(in.Channel)
	if e.Kept = in.Kept && kept != nil && earlier(kept.Bounce); !e.Kept && len(e.EnrollmentIDs) == 0 {
		return Decision{}
	}
	return decided(e)
}

// clears takes the mark of a kept contact away, and those that the same message left: somebody has shown that it can be reached.
func (v view) clears(in Request, c notification.Channel) []events.Event {
	kept := v.contact(c)
	if kept == nil || kept.Bounce == nil {
		return nil
	}
	e := &enrollment.ContactsReached{User: in.User, Channel: c, Kept: true}
	for _, a := range v.state.Factors {
		if a.Bounce != nil && a.Bounce.NotificationID == kept.Bounce.NotificationID {
			e.EnrollmentIDs = append(e.EnrollmentIDs, a.ID)
		}
	}
	return []events.Event{e}
}

// cameTo is for a code that was entered: where it went can be reached. It is the kept contact unless that was changed with the request or since.
func (v view) cameTo(in Request, p enrollment.Pending) []events.Event {
	c, named := notification.Channel(p.Factor), p.Email
	if p.Factor == events.SMS {
		named = p.Phone
	}
	kept := v.contact(c)
	if p.To == nil || named != nil || kept == nil || kept.Since.After(p.CreatedAt) {
		return nil
	}
	return v.clears(in, c)
}

func (v view) contact(c notification.Channel) *enrollment.Kept {
	if c == notification.Email {
		return v.state.Email
	}
	return v.state.Phone
}

func (v view) among(ids []string, which func(enrollment.Active) bool) (list []string) {
	for _, a := range v.state.Factors {
		if slices.Contains(ids, a.ID) && which(a) {
			list = append(list, a.ID)
		}
	}
	return list
}
