package decide

import (
	"slices"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
)

// supportRequested opens a case in the name of the user. It takes the place of one that the user opened.
func (v view) supportRequested(in SupportRequested) (Decision, *events.Rejection) {
	if no := first(another(in.By, in.User), lost(in.Evidence), reachable(in)); no != nil {
		return Decision{}, no
	}
	if r, open := v.open(); open && r.Support != nil {
		if r.Support.CaseRef == in.CaseRef {
			return decided(asked(in.User, r)), nil
		}
		return Decision{}, refuse(events.WrongState, "case_ref", "another case that support opened is open: cancel it, or go on with it")
	}
	if no := v.openingsLeft(v.state.SupportOpenings); no != nil {
		return Decision{}, no
	}
	r := recovery.Recovery{
		ID: in.Opens(), Steps: []recovery.Step{recovery.Approval, recovery.WaitingPeriod}, Key: in.Key, Locale: v.policy.Locale,
		ExpiresAt: v.now.Add(v.policy.Recovery.SupportLife),
		Support:   &recovery.Support{RequestedBy: in.By, CaseRef: in.CaseRef, Reason: in.Reason, Unavailable: in.Unavailable},
	}
	d := decided(asked(in.User, r))
	d.Events = append(d.Events, v.tell(in.Request, r, notification.RecoveryOpened, in.Evidence.Email, in.Evidence.Phone)...)
	d.Events = append(d.Events, v.gone(in.Request)...)
	d.Timers = []Timer{expires(in.Request, r.ID, r.ExpiresAt)}
	return d, nil
}

func asked(user string, r recovery.Recovery) *recovery.ApprovalRequired {
	e := &recovery.ApprovalRequired{User: user, RecoveryID: r.ID, Reason: recovery.ByPolicy, ExpiresAt: r.ExpiresAt}
	if s := r.Support; s != nil {
		e.Reason, e.RequestedBy, e.CaseRef = recovery.BySupport, s.RequestedBy, s.CaseRef
		e.Record = recovery.ApprovalRecord{Key: r.Key, Reason: s.Reason, Unavailable: s.Unavailable, Steps: r.Steps, Locale: r.Locale}
	}
	return e
}

// reachable refuses where nobody could hear of the case and cancel it. A contact said to be unavailable does not count, but is told
// all the same: a thief would name the ones that the owner reads.
func reachable(in SupportRequested) *events.Rejection {
	email := in.Evidence.Email != nil && !slices.Contains(in.Unavailable, recovery.Email)
	phone := in.Evidence.Phone != nil && !slices.Contains(in.Unavailable, recovery.Phone)
	if email || phone {
		return nil
	}
	return refuse(events.NoContact, "", "no contact is left that could be told of the case")
}

func (v view) approval(in ApprovalGiven) (Decision, *events.Rejection) {
	r, no := v.undecided(in.RecoveryID)
	if no = first(no, another(in.By, in.User), second(in.By, r)); no != nil {
		return Decision{}, no
	}
	passed := v.pass(in.Request, r, recovery.StepPassedRecord{}, in.Evidence)
	step := passed.Events[0].(*recovery.StepPassed)
	e := &recovery.Approved{
		Outcome: recovery.Outcome{User: in.User, RecoveryID: r.ID, By: in.By, CompletesAt: step.CompletesAt},
		Record:  recovery.VerdictRecord{Note: in.Note},
	}
	d := Decision{Events: append([]events.Event{e}, passed.Events...), Timers: passed.Timers}
	if step.NextStep == recovery.WaitingPeriod {
		d.Events = append(d.Events, v.tell(in.Request, r, notification.RecoveryApproved, in.Evidence.Email, in.Evidence.Phone)...)
	}
	return d, nil
}

func (v view) denial(in DenialGiven) (Decision, *events.Rejection) {
	r, no := v.undecided(in.RecoveryID)
	if no != nil {
		return Decision{}, no
	}
	return decided(&recovery.Denied{
		Outcome: recovery.Outcome{User: in.User, RecoveryID: r.ID, By: in.By}, Record: recovery.VerdictRecord{Note: in.Note},
	}), nil
}

// undecided returns a case that waits for a second person.
func (v view) undecided(id string) (recovery.Recovery, *events.Rejection) {
	r, no := v.running(id)
	switch {
	case no != nil:
		return r, no
	case r.HasPassed(recovery.Approval):
		return r, refuse(events.WrongState, "recovery_id", "names a case that is approved already: it can be cancelled")
	case r.Next() != recovery.Approval:
		return r, refuse(events.WrongState, "recovery_id", "names a case that does not wait for an approval: its next step is "+string(r.Next()))
	}
	return r, nil
}

// running returns a case that is open.
func (v view) running(id string) (recovery.Recovery, *events.Rejection) {
	r, known := v.state.Recovery(id)
	switch {
	case !known:
		return r, refuse(events.NotFound, "recovery_id", "names no case of this user")
	case r.End != "":
		return r, refuse(events.WrongState, "recovery_id", "names a case that has ended: "+ending(r))
	case r.Over(v.now):
		return r, refuse(events.WrongState, "recovery_id", "names a case that has ended: "+string(recovery.CaseExpired))
	}
	return r, nil
}

func ending(r recovery.Recovery) string {
	if r.EndReason == "" {
		return string(r.End)
	}
	return string(r.End) + " (" + r.EndReason + ")"
}

// another refuses staff who act for themselves.
func another(by, user string) *events.Rejection {
	if by != user {
		return nil
	}
	return refuse(events.NotAllowed, "by", "is the user whose case it is")
}

func second(by string, r recovery.Recovery) *events.Rejection {
	if r.Support == nil || r.Support.RequestedBy != by {
		return nil
	}
	return refuse(events.NotAllowed, "by", "is who asked for the case: another person must approve it")
}

// cancellation ends a case. It wins until the case has completed.
func (v view) cancellation(in CancellationRequested) (Decision, *events.Rejection) {
	r, no := v.running(in.RecoveryID)
	if no != nil {
		return Decision{}, no
	}
	return v.cancel(in.Request, r, recovery.CancelledBySupport, in.By), nil
}

func (v view) cancelled(in CancelledByContact) Decision {
	r, no := v.running(in.RecoveryID)
	if no != nil {
		return problem(Over)
	}
	return v.cancel(in.Request, r, recovery.CancelledByContact, "")
}

func (v view) cancel(in Request, r recovery.Recovery, reason, by string) Decision {
	return decided(&recovery.Cancelled{
		Outcome: recovery.Outcome{User: in.User, RecoveryID: r.ID, By: by, Reason: reason},
	})
}
