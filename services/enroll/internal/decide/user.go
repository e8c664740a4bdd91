package decide

import (
	"slices"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
)

func (v view) removal(in RemovalRequested) (Decision, *events.Rejection) {
	if no := first(v.reauthenticated(in.ReauthenticatedAt), v.steppedUp(in.Login)); no != nil {
		return Decision{}, no
	}
	gone := v.factors(func(a enrollment.Active) bool { return in.Factor == enrollment.All || a.Factor == in.Factor })
	if len(gone) > 0 && len(gone) == len(v.state.Factors) && v.required() {
		return Decision{}, refuse(events.NotAllowed, "factor", "is the last one and this user must have one: enroll another before")
	}
	d := decided(&enrollment.FactorRemoved{
		User: in.User, Factors: gone, Reason: enrollment.RemovedByUser,
		Record: enrollment.RemovedRecord{SpentLogin: v.spends(in.Login)},
	})
	d.Events = append(d.Events, v.tellGone(in.Request, gone, notification.FactorRemoved)...)
	return d, nil
}

// tellGone tells every contact that factors are gone, if any are.
func (v view) tellGone(in Request, gone []enrollment.RemovedFactor, t notification.Template) []events.Event {
	if len(gone) == 0 {
		return nil
	}
	return v.tell(in, v.kept(), t, gone[len(gone)-1].EnrollmentID)
}

func (v view) requirement(in RequirementRequested) Decision {
	return decided(&enrollment.RequirementChanged{User: in.User, Required: in.Required, By: in.By})
}

func (v view) reset(in ResetRequested) (Decision, *events.Rejection) {
	if slices.Contains(v.policy.Recovery.Steps, recovery.Approval) {
		return Decision{}, refuse(events.NotAllowed, "", "is not allowed where recovery demands approval: send recovery.support_requested")
	}
	gone := v.everyFactor()
	d := decided(&enrollment.FactorRemoved{
		User: in.User, Factors: gone, Reason: enrollment.RemovedByAdmin,
		Record: enrollment.RemovedRecord{By: in.By, Reason: in.Reason, ReasonKey: in.ReasonKey},
	})
	d.Events = append(d.Events, v.dropPending(in.Request, enrollment.DiscardRemoved)...)
	if in.Required != nil && *in.Required != v.state.Required {
		d.Events = append(d.Events, &enrollment.RequirementChanged{User: in.User, Required: *in.Required, By: in.By})
	}
	d.Events = append(d.Events, v.tellGone(in.Request, gone, notification.FactorReset)...)
	return d, nil
}

func (v view) everyFactor() []enrollment.RemovedFactor {
	return v.factors(func(enrollment.Active) bool { return true })
}

// dropPending discards what is pending: somebody else than the user may have begun it.
func (v view) dropPending(in Request, why enrollment.DiscardReason) []events.Event {
	if v.state.Open == nil {
		return nil
	}
	return []events.Event{&enrollment.Discarded{User: in.User, EnrollmentID: v.state.Open.ID, Reason: why}}
}

// recovered clears what was active when a case was through. The message that says so can be late, repeated, out of order or forged: a case
// counts once, none counts after a later one or an erasure, and what the user enrolled since stays. Recovery tells the contacts.
func (v view) recovered(in RecoveryCompleted) Decision {
	at := in.CompletedAt
	if at.IsZero() || !at.After(v.state.RecoveredAt) || !at.After(v.state.ErasedAt) {
		return Decision{}
	}
	d := decided(&enrollment.FactorRemoved{
		User: in.User, Factors: v.factors(func(a enrollment.Active) bool { return !a.ActivatedAt.After(at) }),
		Reason: enrollment.RemovedByRecovery, RecoveryID: in.RecoveryID, Record: enrollment.RemovedRecord{CompletedAt: at},
	})
	if open := v.state.Open; open != nil && !open.CreatedAt.After(at) {
		d.Events = append(d.Events, v.dropPending(in.Request, enrollment.DiscardRemoved)...)
	}
	return d
}
