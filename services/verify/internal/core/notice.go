package core

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
)

// noticeLife is the age at which a notice is no longer sent.
const noticeLife = 24 * time.Hour

// tell asks for a notice to every contact of the user.
func (d desk) tell(e *Evidence, id string, t notification.Template, about string) []events.Event {
	var list []events.Event
	for _, channel := range e.Contacts {
		list = append(list, &notification.Requested{
			User: d.state.User, NotificationID: events.DerivedID(id, string(t), string(channel)),
			Channel: channel, Template: t, About: about, ExpiresAt: d.now.Add(noticeLife), Locale: d.policy.Locale,
		})
	}
	return list
}
