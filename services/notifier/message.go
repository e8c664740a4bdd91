package notifier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker"
	"countersign/pkg/worker/bus"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/keyring"
	"countersign/services/notifier/internal/channel"
	"countersign/services/notifier/internal/template"
)

// A message is what a notification becomes at the moment of sending. It is never kept.
type message struct {
	stands  bool // what it is about still waits for it
	to      events.Secret
	content template.Content
}

func (m message) notification(n notification.Requested, now time.Time) channel.Notification {
	return channel.Notification{
		ID: n.NotificationID, To: m.to, Subject: m.content.Subject, Text: m.content.Text, HTML: m.content.HTML,
		ValidFor: n.ExpiresAt.Sub(now),
	}
}

// A source is where a message's code and address come from.
type source struct {
	to      *enrollment.Contact
	id      string // of the challenge or enrollment that the code follows from
	sending uint64
	digits  int
	key     keyring.Ref
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
	e, err := load(ctx, s.Store, r.Stream(worker.EnrollmentKind), s.enrollments)
	if err != nil {
		return message{}, err
	}
	from, stands, err := s.source(ctx, r, n, e)
	if err != nil || !stands || from.to == nil {
		return message{}, err
	}
	to, err := s.Rings.OpenText(ctx, keyring.Delivery, r.Platform, r.UserKey, from.to.Key.Keyring, keyring.Place{
		Stream: r.Stream(worker.EnrollmentKind).String(), Field: fieldOf[n.Channel],
	}, from.to.Ciphertext)
	if err != nil {
		return message{}, err
	}
	content, err := s.render(ctx, r, n, from, now)
	return message{stands: true, to: to, content: content}, err
}

// fieldOf is the field that enroll seals a contact under.
var fieldOf = map[notification.Channel]string{notification.Email: "email", notification.SMS: "phone"}

func (s *shell) source(ctx context.Context, r decider.Request, n notification.Requested, e enrollment.State) (source, bool, error) {
	switch n.Template {
	case notification.LoginCode:
		g, err := load(ctx, s.Store, r.Stream(worker.GuardKind), s.guards)
		if err != nil {
			return source{}, false, err
		}
		from, stands := s.loginCode(r, n, g, e)
		return from, stands, nil
	case notification.EnrollmentCode:
		from, stands := enrollmentCode(n, e)
		return from, stands, nil
	}
	from, stands := notice(n, e)
	return from, stands, nil
}

// loginCode is false for a challenge that was answered or closed, and for a sending that a newer one has overtaken.
func (s *shell) loginCode(r decider.Request, n notification.Requested, g guard.State, e enrollment.State) (source, bool) {
	c, open := g.Challenge(n.About)
	factor, active := e.Enrollment(c.EnrollmentID)
	if !open || !active || c.NotificationID != n.NotificationID {
		return source{}, false
	}
	p, _ := s.Policies(r.Platform)
	return source{
		to: factor.To, id: c.ID, sending: c.Sending, digits: p.Code.Digits, key: keyring.Ref{Keyring: c.Keyring, Number: c.Number},
	}, true
}

func enrollmentCode(n notification.Requested, e enrollment.State) (source, bool) {
	p := e.Open
	if p == nil || p.ID != n.About || p.NotificationID != n.NotificationID {
		return source{}, false
	}
	return source{
		to: p.To, id: p.ID, sending: p.Sending, digits: p.Digits, key: keyring.Ref{Keyring: p.Key.Keyring, Number: p.Key.Number},
	}, true
}

// notice goes to the contact that is kept, but the word of a changed contact to the one before it and to no other.
func notice(n notification.Requested, e enrollment.State) (source, bool) {
	if n.Template == notification.ContactChanged {
		former, ok := e.FormerContact(n.NotificationID)
		return source{to: &former}, ok
	}
	kept := map[notification.Channel]*enrollment.Kept{notification.Email: e.Email, notification.SMS: e.Phone}[n.Channel]
	if kept == nil {
		return source{}, false
	}
	return source{to: &kept.Contact}, true
}

func (s *shell) render(ctx context.Context, r decider.Request, n notification.Requested, from source, now time.Time) (template.Content, error) {
	p, _ := s.Policies(r.Platform)
	d := template.Data{Brand: p.Brand, Locale: n.Locale, Minutes: minutes(n.ExpiresAt.Sub(now))}
	if from.sending > 0 {
		key, err := s.Rings.Key(ctx, keyring.Delivery, r.Platform, r.UserKey, from.key)
		if err != nil {
			return template.Content{}, err
		}
		d.Code = key.Code(from.id, from.sending, from.digits)
	}
	content, err := template.Render(n.Channel, n.Template, d)
	if errors.Is(err, template.ErrUnknown) { // an operator sees it; trying again would not write it
		return content, bus.Discard("unknown_template", err)
	}
	if err != nil {
		return content, fmt.Errorf("compose %s: %w", n.Template, err)
	}
	return content, nil
}

// minutes rounds up: a code that lives for 4:59 is told to live for 5.
func minutes(left time.Duration) int { return max(1, int((left+time.Minute-1)/time.Minute)) }

func load[S any](ctx context.Context, from eventstore.Reader, stream eventstore.Stream, fold eventstore.Fold[S]) (S, error) {
	l, err := eventstore.Load(ctx, from, stream, fold)
	return l.State, err
}
