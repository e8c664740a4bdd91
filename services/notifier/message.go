package notifier

import (
	"context"
	"errors"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/pkg/worker/phone"
	"countersign/services/notifier/internal/channel"
	"countersign/services/notifier/internal/template"
)

// A message is what a notification becomes at the moment of sending. It is never kept.
type message struct {
	stands  bool // what it is about still waits for it
	unfit   bool // nothing may go to it
	to      events.Secret
	sealed  notification.Contact // likewise, as it may be kept
	mark    events.Secret        // what tells it from others
	content template.Content
}

func (m message) notification(r decider.Request, n notification.Requested, now time.Time) channel.Notification {
	return channel.Notification{
		ID: n.NotificationID, To: m.to, Subject: m.content.Subject, Text: m.content.Text, HTML: m.content.HTML, Mark: m.mark,
		Route: r.Platform + "/" + r.UserKey + "/" + n.NotificationID, ValidFor: n.ExpiresAt.Sub(now),
	}
}

// compose reads the streams anew and derives the code: what stands in them now is what is sent. What has expired is not read: if it could
// not be, it would come back for ever.
func (s *shell) compose(ctx context.Context, r decider.Request, n notification.Requested, now time.Time) (message, error) {
	if !now.Before(n.ExpiresAt) {
		return message{stands: true}, nil
	}
	m, err := s.read(ctx, r, n, now)
	if errors.Is(err, keyring.ErrNoKeyring) { // erased: there is nobody to write to
		return message{}, nil
	}
	return m, err
}

func (s *shell) read(ctx context.Context, r decider.Request, n notification.Requested, now time.Time) (message, error) {
	from, stands, err := s.source(ctx, r, n, now)
	if err != nil || !stands {
		return message{}, err
	}
	to, err := s.address(ctx, r, n.Channel, from.to)
	if err != nil {
		return message{}, err
	}
	content, mark, err := s.render(ctx, r, n, from, now)
	sealed := notification.Contact{Ciphertext: from.to.Ciphertext, Keyring: from.to.Key.Keyring}
	return message{stands: true, unfit: s.unfit(ctx, r, n, to), to: to, sealed: sealed, mark: mark, content: content}, err
}

// unfit judges a number once more: it was kept before plans or the policy changed, or by a release that did not look.
func (s *shell) unfit(ctx context.Context, r decider.Request, n notification.Requested, to events.Secret) bool {
	if n.Channel != notification.SMS {
		return false
	}
	p, _ := s.Policies(r.Platform)
	err := phone.Check(fieldOf[n.Channel], to, p.SMS.Countries)
	if err != nil {
		s.Logger.WarnContext(ctx, "no text may go to a number", "notification_id", n.NotificationID, "error", err)
	}
	return err != nil
}

// fieldOf is the field that enroll seals a contact under.
var fieldOf = map[notification.Channel]string{notification.Email: "email", notification.SMS: "phone"}

func (s *shell) address(ctx context.Context, r decider.Request, c notification.Channel, to *enrollment.Contact) (events.Secret, error) {
	return s.Rings.OpenText(ctx, keyring.Delivery, r.Platform, r.UserKey, to.Key.Keyring, keyring.Place{
		Stream: r.Stream(worker.EnrollmentKind).String(), Field: fieldOf[c],
	}, to.Ciphertext)
}

func load[S any](ctx context.Context, from eventstore.Reader, stream eventstore.Stream, fold eventstore.Fold[S]) (S, error) {
	l, err := eventstore.Load(ctx, from, stream, fold)
	return l.State, err
}
