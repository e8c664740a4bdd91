package decide

import (
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
)

// requested opens a case of the user's own, or sends its link again where the same login asks again.
func (v view) requested(in Requested) (Decision, *events.Rejection) {
	r, open := v.open()
	again := open && r.Support == nil && r.LoginID == in.LoginID
	steps := v.policy.Recovery.Steps
	if again {
		steps = r.Steps
	}
	no := first(v.offered(), v.reauthenticated(in, steps), known(in), lost(in.Evidence), v.reached(steps, in.Evidence), v.yields())
	if no == nil && again && !v.resendable(r) {
		return decided(v.present(in, r)), nil
	}
	if no = first(no, v.openingsLeft(v.state.Openings)); no != nil {
		return Decision{}, no
	}
	if again {
		return v.resend(in, r), nil
	}
	return v.begin(in), nil
}

// yields refuses while a case of support is open: a thief with the password must not be able to end it.
func (v view) yields() *events.Rejection {
	if r, open := v.open(); open && r.Support != nil {
		return refuse(events.WrongState, "", "a case that support opened is open: it must end first")
	}
	return nil
}

func (v view) begin(in Requested) Decision {
	r := recovery.Recovery{
		ID: in.Opens(), Steps: slices.Clone(v.policy.Recovery.Steps), Key: in.Key, LoginID: in.LoginID, Locale: v.locale(in.Locale),
		ExpiresAt: v.now.Add(v.policy.Recovery.Life),
	}
	r.Link = v.mailed(r)
	d := decided(v.present(in, r), v.mail(in, r))
	d.Events = append(d.Events, v.tell(in.Request, r, notification.RecoveryOpened, nil, in.Evidence.Phone)...)
	d.Events = append(d.Events, v.gone(in.Request)...)
	d.Timers = []Timer{expires(in.Request, r.ID, r.ExpiresAt)}
	return d
}

// resendable reports whether another link would be of use, and the time for one has come.
func (v view) resendable(r recovery.Recovery) bool {
	inHand := r.Bound || r.Next() == recovery.Approval || r.Next() == recovery.WaitingPeriod
	return !inHand && !v.now.Before(r.Link.ResendAt)
}

func (v view) resend(in Requested, r recovery.Recovery) Decision {
	r.Link = v.mailed(r)
	return decided(v.present(in, r), v.mail(in, r))
}

// mailed is the next link of r. The number only grows: tokens of others are dead.
func (v view) mailed(r recovery.Recovery) recovery.Mailed {
	n := r.Link.Sending + 1
	return recovery.Mailed{
		Sending: n, ResendAt: v.now.Add(v.wait(n)), ExpiresAt: earlier(v.now.Add(v.policy.Recovery.LinkLife), r.ExpiresAt),
	}
}

func (v view) mail(in Requested, r recovery.Recovery) events.Event {
	return notice(in.Request, r, notification.RecoveryLink, notification.Email, r.Link.ExpiresAt)
}

// present says how the case stands.
func (v view) present(in Requested, r recovery.Recovery) *recovery.Opened {
	return &recovery.Opened{
		User: in.User, RecoveryID: r.ID, Steps: r.Steps, DestinationHint: in.Evidence.Email.Hint,
		LinkExpiresAt: r.Link.ExpiresAt, ExpiresAt: r.ExpiresAt,
		Record: recovery.OpenedRecord{
			LoginID: r.LoginID, Key: r.Key, Sending: r.Link.Sending, ResendAt: r.Link.ResendAt, Locale: r.Locale,
		},
	}
}

// gone ends the case that a new one takes the place of: its timer may be late.
func (v view) gone(in Request) []events.Event {
	switch old := v.state.Open; {
	case old == nil:
		return nil
	case old.Over(v.now):
		return []events.Event{&recovery.Expired{Outcome: recovery.Outcome{User: in.User, RecoveryID: old.ID}}}
	default:
		return []events.Event{&recovery.Cancelled{
			Outcome: recovery.Outcome{User: in.User, RecoveryID: old.ID, Reason: recovery.CancelledReplaced},
		}}
	}
}

func (v view) locale(asked string) string {
	if asked == "" {
		return v.policy.Locale
	}
	return asked
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
