package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
)

// noticeLife is the age at which a notice is no longer sent.
const noticeLife = 24 * time.Hour

// kept are the channels that reach the user.
func (v view) kept() []notification.Channel {
	return reached(v.state.Email != nil, v.state.Phone != nil)
}

func reached(email, phone bool) []notification.Channel {
	var list []notification.Channel
	if email {
		list = append(list, notification.Email)
	}
	if phone {
		list = append(list, notification.SMS)
	}
	return list
}

// tell sends a notice to every contact: a change that its owner did not ask for must not go unseen.
func (v view) tell(in Request, channels []notification.Channel, t notification.Template, about string) []events.Event {
	var list []events.Event
	for _, c := range channels {
		list = append(list, v.notice(in, c, t, about))
	}
	return list
}

func (v view) notice(in Request, c notification.Channel, t notification.Template, about string) *notification.Requested {
	return &notification.Requested{
		User: in.User, NotificationID: in.derive("notice " + string(t) + " " + string(c)), Channel: c, Template: t, About: about,
		ExpiresAt: v.now.Add(noticeLife), Locale: v.locale(),
	}
}

// locale is the language that the user chose last, else the platform's.
func (v view) locale() string {
	if open := v.state.Open; open != nil && open.Locale != "" {
		return open.Locale
	}
	if newest, ok := v.state.Default(); ok && newest.Locale != "" {
		return newest.Locale
	}
	return v.policy.Locale
}
