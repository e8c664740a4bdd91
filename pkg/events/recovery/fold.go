package recovery

import (
	"fmt"
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recent"
)

// Evolve returns the state after e, which stands in a commit of the time at. An event that it does not know is an error that wraps
// events.ErrUnknownType; one of another user, or one that the state rules out, is an error as well: a case that cannot be read
// clears no factor.
func Evolve(s State, e events.Event, at time.Time) (State, error) {
	next := s
	if next.User == "" {
		next.User = e.UserID()
	}
	if _, quiet := s.Quiet(e); quiet {
		next.QuietAt = at
	}
	if _, ok := e.(*events.RequestRejected); ok {
		return next, nil
	}
	if next.User != e.UserID() {
		return s, fmt.Errorf("fold %s: it is about another user than the stream", e.EventType())
	}
	next, err := next.after(e, at)
	if err != nil {
		return s, fmt.Errorf("fold %s: %w", e.EventType(), err)
	}
	return next, nil
}

func (s State) after(e events.Event, at time.Time) (State, error) {
	switch e := e.(type) {
	case *Opened:
		return s.opened(e, at), nil
	case *ApprovalRequired:
		return s.approvalRequired(e, at)
	case *Claimed:
		return s.change(e.RecoveryID, e.claim)
	case *StepPassed:
		return s.change(e.RecoveryID, e.pass)
	case *TextSent:
		s.Texts = recent.Add(s.Texts, at, time.Hour, MaxTimes)
		return s.change(e.RecoveryID, e.text)
	case *CodeMissed:
		s.Misses = recent.Add(s.Misses, at, day, MaxTimes)
		return s.change(e.RecoveryID, e.miss)
	case *CaptchaFailed:
		return s.change(e.RecoveryID, func(r *Recovery) error { r.FailedCaptchas++; return nil })
	case *Approved:
		return s.change(e.RecoveryID, func(r *Recovery) error { return must(r.Next() == Approval, "it waits for no approval") })
	case *Completed:
		return s.completed(e, at)
	case *Denied:
		return s.ended(e.Outcome, CaseDenied, at)
	case *Cancelled:
		return s.ended(e.Outcome, CaseCancelled, at)
	case *Expired:
		return s.ended(e.Outcome, CaseExpired, at)
	case *notification.Requested:
		return s.noticed(e), nil
	}
	return s, events.ErrUnknownType
}

// opened begins a case, or says how it stands after a resend; one that was open gives way, and its own event says why.
func (s State) opened(e *Opened, at time.Time) State {
	link := Mailed{Sending: e.Record.Sending, ExpiresAt: e.LinkExpiresAt, ResendAt: e.Record.ResendAt}
	if s.Open != nil && s.Open.ID == e.RecoveryID {
		if s.keeps(e) { // said again because nothing was sent
			return s
		}
		r := *s.Open
		r.Link = link
		s.Open = &r
	} else {
		s = s.giveWay(at)
		s.Open = &Recovery{
			ID: e.RecoveryID, Steps: e.Steps, Key: e.Record.Key, Locale: e.Record.Locale, OpenedAt: at, ExpiresAt: e.ExpiresAt,
			LoginID: e.Record.LoginID, Link: link,
		}
	}
	s.Openings = recent.Add(s.Openings, at, time.Hour, MaxTimes)
	return s
}

// approvalRequired opens a case of support, or says that one of the user has come to that step.
func (s State) approvalRequired(e *ApprovalRequired, at time.Time) (State, error) {
	if e.Reason == ByPolicy {
		return s.change(e.RecoveryID, func(r *Recovery) error {
			return must(r.Next() == Approval, "approval is not the next step")
		})
	}
	if s.Open != nil && s.Open.ID == e.RecoveryID {
		return s, nil // said again because the case was open
	}
	s = s.giveWay(at)
	s.Open = &Recovery{
		ID: e.RecoveryID, Steps: e.Record.Steps, Key: e.Record.Key, Locale: e.Record.Locale, OpenedAt: at, ExpiresAt: e.ExpiresAt,
		Support: &Support{
			RequestedBy: e.RequestedBy, CaseRef: e.CaseRef, Reason: e.Record.Reason, Unavailable: e.Record.Unavailable,
		},
	}
	s.SupportOpenings = recent.Add(s.SupportOpenings, at, time.Hour, MaxTimes)
	return s, nil
}

// noticed remembers the newest message of its kind for a case, also for one that has just ended.
func (s State) noticed(e *notification.Requested) State {
	n := Notice{ID: e.NotificationID, Template: e.Template, Channel: e.Channel}
	if s.Open != nil && s.Open.ID == e.About {
		r := s.Open.with(n)
		s.Open = &r
		return s
	}
	if i := slices.IndexFunc(s.Past, func(r Recovery) bool { return r.ID == e.About }); i >= 0 {
		s.Past = slices.Clone(s.Past)
		s.Past[i] = s.Past[i].with(n)
	}
	return s
}

func (r Recovery) with(n Notice) Recovery {
	list := slices.DeleteFunc(slices.Clone(r.Notices), func(o Notice) bool { return o.Template == n.Template && o.Channel == n.Channel })
	r.Notices = recent.Newest(append(list, n), maxNotices)
	return r
}
