package notifier

import (
	"time"

	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
	"countersign/pkg/worker/decider"
)

// ofRecovery is false for what is not the newest of its kind in the case, or says of the case what is no longer so. A notice that a case was
// opened is sent also when the case has ended since; it has no link then.
func (s *shell) ofRecovery(r decider.Request, n notification.Requested, cases recovery.State, e enrollment.State, now time.Time) (source, bool) {
	c, known := cases.Recovery(n.About)
	from, kept := notice(n, e)
	if !known || !kept || c.Newest(n.Template, n.Channel) != n.NotificationID {
		return source{}, false
	}
	p, _ := s.Policies(r.Platform)
	open := !c.Over(now)
	from.key, from.cancel = refOf(c.Key), open && p.Recovery.URL != ""
	switch n.Template {
	case notification.RecoveryLink:
		from.link = c.Link.Sending
		return from, open && from.cancel && c.Link.Sending > 0 && !c.Bound && asBefore(keptOf(n.Channel, e), c)
	case notification.RecoveryText:
		from.cancel, from.code = false, sentCode{c.ID, c.Text.Sending, c.Text.Digits}
		return from, open && c.Text.Sending > 0 && !c.HasPassed(recovery.Text) && asBefore(keptOf(n.Channel, e), c)
	case notification.RecoveryApproved:
		from.wait = c.CompletesAt.Sub(now)
		return from, open && from.wait > 0
	case notification.RecoveryCompleted: // its link says that it is too late, and what is left to do
		from.cancel = p.Recovery.URL != ""
		return from, c.End == recovery.CaseCompleted
	}
	return from, true
}

// asBefore is false for a contact that took another's place since the case was opened: what it is asked to prove, the former one was to.
func asBefore(k *enrollment.Kept, c recovery.Recovery) bool {
	return !k.Replaced || !k.Since.After(c.OpenedAt)
}
