package notifier

import (
	"context"
	"time"

	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/events/notification"
	"countersign/pkg/worker"
	"countersign/pkg/worker/decider"
	"countersign/pkg/worker/keyring"
)

// A source is where a message's address, code and links come from.
type source struct {
	to     *enrollment.Contact
	key    keyring.Ref // what code and links follow from
	code   sentCode
	link   uint64 // number of the sending of the link that goes on with the case; 0: the message brings none
	cancel bool   // it brings the link that stops the case
	wait   time.Duration
}

// A sentCode is the code of a challenge, an enrollment or a case; the zero value is none.
type sentCode struct {
	id      string
	sending uint64
	digits  int
}

// source is false for what nobody waits for any more.
func (s *shell) source(ctx context.Context, r decider.Request, n notification.Requested, now time.Time) (source, bool, error) {
	e, err := load(ctx, s.Store, r.Stream(worker.EnrollmentKind), s.enrollments)
	if err != nil {
		return source{}, false, err
	}
	from, stands := source{}, false
	switch n.Template {
	case notification.LoginCode:
		g, err := load(ctx, s.Store, r.Stream(worker.GuardKind), s.guards)
		if err != nil {
			return source{}, false, err
		}
		from, stands = s.loginCode(r, n, g, e)
	case notification.EnrollmentCode:
		from, stands = enrollmentCode(n, e)
	case notification.ContactChanged:
		from, stands = contactChanged(n, e)
	case notification.RecoveryLink, notification.RecoveryText, notification.RecoveryOpened, notification.RecoveryApproved,
		notification.RecoveryCompleted:
		c, err := load(ctx, s.Store, r.Stream(worker.RecoveryKind), s.recoveries)
		if err != nil {
			return source{}, false, err
		}
		from, stands = s.ofRecovery(r, n, c, e, now)
	default:
		from, stands = notice(n, e)
	}
	return from, stands && from.to != nil, nil
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
		to: factor.To, key: keyring.Ref{Keyring: c.Keyring, Number: c.Number}, code: sentCode{c.ID, c.Sending, p.Code.Digits},
	}, true
}

func enrollmentCode(n notification.Requested, e enrollment.State) (source, bool) {
	p := e.Open
	if p == nil || p.ID != n.About || p.NotificationID != n.NotificationID {
		return source{}, false
	}
	return source{to: p.To, key: refOf(p.Key), code: sentCode{p.ID, p.Sending, p.Digits}}, true
}

// contactChanged goes to the contact before the one that is kept, and to no other.
func contactChanged(n notification.Requested, e enrollment.State) (source, bool) {
	former, ok := e.FormerContact(n.NotificationID)
	return source{to: &former}, ok
}

// notice goes to the contact that is kept.
func notice(n notification.Requested, e enrollment.State) (source, bool) {
	kept := keptOf(n.Channel, e)
	if kept == nil {
		return source{}, false
	}
	return source{to: &kept.Contact}, true
}

func keptOf(c notification.Channel, e enrollment.State) *enrollment.Kept {
	if c == notification.Email {
		return e.Email
	}
	return e.Phone
}

func refOf(k enrollment.Key) keyring.Ref { return keyring.Ref{Keyring: k.Keyring, Number: k.Number} }
