package sending

import (
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"countersign/e2e/bench/crowd"
	"countersign/pkg/events"
	"countersign/pkg/events/notification"
)

// A person waits for one code.
type person struct {
	id, key string // the platform's id; the userkey
	mail    bool
	to      string // an address or a number
}

func people(n int) []person {
	all := make([]person, n)
	for i := range all {
		p := &all[i]
		p.id = fmt.Sprintf("user-%07d", i)
		p.key, p.mail = events.UserKey(crowd.Platform, p.id), i%2 == 0
		p.to = fmt.Sprintf("+420601%06d", i)
		if p.mail {
			p.to = p.id + "@example.org"
		}
	}
	return all
}

func (p person) enrollment() string   { return "enrollment-of-" + p.id }
func (p person) challenge() string    { return "challenge-of-" + p.id }
func (p person) notification() string { return "notification-of-" + p.id }

func (p person) factor() (events.Factor, notification.Channel, string) {
	if p.mail {
		return events.Email, notification.Email, "email"
	}
	return events.SMS, notification.SMS, "phone"
}

// wanted is what verify says when the person logs in.
func (p person) wanted(at time.Time) (*nats.Msg, error) {
	_, channel, _ := p.factor()
	e := &notification.Requested{
		User: p.id, NotificationID: p.notification(), Channel: channel, Template: notification.LoginCode, About: p.challenge(),
		ExpiresAt: at.Add(5 * time.Minute), Locale: "en",
	}
	data, _, err := events.Marshal(e)
	if err != nil {
		return nil, err
	}
	header, body, err := events.Encode(events.Envelope{
		ID: "wanted-by-" + p.id, Source: "/countersign/verify", Type: e.EventType(), Subject: p.id, Time: at, CausationID: "login-of-" + p.id,
		Sequence: 1, Data: data,
	})
	if err != nil {
		return nil, err
	}
	return &nats.Msg{Subject: events.OutSubject(crowd.Platform, "notification", "requested", p.key), Header: nats.Header(header), Data: body}, nil
}
