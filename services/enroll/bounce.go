package enroll

import (
	"context"
	"errors"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/services/enroll/internal/decide"
)

// failed takes the message for a hint, as arrived does: what counts is the notification's own stream, read now.
func (s *shell) failed(ctx context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*notification.Failed)
	in := decide.Bounced{Request: asked(m.Request)}
	if !e.Final {
		return in, nil
	}
	n, err := s.notification(ctx, m, e.NotificationID)
	if err == nil && n.Bounced {
		in.Message, err = s.message(ctx, m, n)
	}
	return in, err
}

func (s *shell) arrived(ctx context.Context, m moment) (decide.Input, error) {
	e := m.Event.(*notification.Delivered)
	in := decide.Arrived{Request: asked(m.Request)}
	if !marked(m.state, e.Channel) { // as nearly always
		return in, nil
	}
	n, err := s.notification(ctx, m, e.NotificationID)
	if err == nil && n.Status == notification.StatusDelivered {
		in.Message, err = s.message(ctx, m, n)
	}
	return in, err
}

func marked(s enrollment.State, c notification.Channel) bool {
	bounced := false
	each(s, c, func(_ *enrollment.Contact, b *enrollment.Bounce, _ string) { bounced = bounced || b != nil })
	return bounced
}

// each calls f with the contacts of a channel: the kept one, which has no id, and those of active factors.
func each(s enrollment.State, c notification.Channel, f func(to *enrollment.Contact, b *enrollment.Bounce, id string)) {
	kept := s.Email
	if c == notification.SMS {
		kept = s.Phone
	}
	if kept != nil {
		f(&kept.Contact, kept.Bounce, "")
	}
	for _, a := range s.Factors {
		if a.To != nil && string(a.Factor) == string(c) {
			f(a.To, a.Bounce, a.ID)
		}
	}
}

func (s *shell) notification(ctx context.Context, m moment, id string) (notification.State, error) {
	stream := m.Stream(worker.NotificationKind)
	stream.ID = id
	l, err := eventstore.Load(ctx, s.Store, stream, s.notifications)
	return l.State, err
}

// message says which of the user's contacts a message went to: the address itself counts, whenever and however often it was named.
func (s *shell) message(ctx context.Context, m moment, n notification.State) (decide.Message, error) {
	is := decide.Message{Channel: n.Channel, NotificationID: n.NotificationID, SentAt: n.CalledAt}
	field := fieldOf[n.Channel]
	open := func(ring, sealed string) (events.Secret, error) {
		return s.Rings.OpenText(ctx, keyring.Delivery, m.Platform, m.UserKey, ring, s.place(m, field), sealed)
	}
	to, err := open(n.To.Keyring, n.To.Ciphertext)
	if errors.Is(err, keyring.ErrNoKeyring) { // erased: nobody knows any more where it went
		return is, nil
	}
	each(m.state, n.Channel, func(c *enrollment.Contact, _ *enrollment.Bounce, id string) {
		text, failed := open(c.Key.Keyring, c.Ciphertext)
		switch {
		case failed != nil:
			err = errors.Join(err, failed)
		case !text.Equal(to):
		case id == "":
			is.Kept = true
		default:
			is.EnrollmentIDs = append(is.EnrollmentIDs, id)
		}
	})
	return is, err
}

// fieldOf is the field that a contact of a channel is sealed under.
var fieldOf = map[notification.Channel]string{notification.Email: "email", notification.SMS: "phone"}
