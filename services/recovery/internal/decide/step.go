package decide

import (
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recovery"
)

// pass passes the next step of r, and says what that leads to.
func (v view) pass(in Request, r recovery.Recovery, record recovery.StepPassedRecord, e *Evidence) Decision {
	step := &recovery.StepPassed{User: in.User, RecoveryID: r.ID, Step: r.Next(), Record: record}
	r.Passed++
	step.NextStep = r.Next()
	d := decided(step)
	until := r.ExpiresAt
	switch step.NextStep {
	case "":
		return v.complete(d, in, r, e)
	case recovery.Approval:
		until = later(until, r.OpenedAt.Add(v.policy.Recovery.SupportLife))
	case recovery.WaitingPeriod:
		step.CompletesAt = v.now.Add(v.policy.Recovery.SupportWait)
		until = later(later(until, r.OpenedAt.Add(v.policy.Recovery.SupportLife)), step.CompletesAt)
		d.Timers = append(d.Timers, completes(in, r.ID, step.CompletesAt))
	default:
		if step.Step == recovery.WaitingPeriod || step.Step == recovery.Approval { // its time may be over, or nearly
			until = later(until, v.now.Add(v.policy.Recovery.Life))
		}
	}
	if until.After(r.ExpiresAt) {
		step.Record.ExpiresAt, r.ExpiresAt = until, until
		d.Timers = append(d.Timers, expires(in, r.ID, until))
	}
	if step.NextStep == recovery.Approval {
		d.Events = append(d.Events, asked(in.User, r))
	}
	return d
}

// complete ends a case well. Enroll reads that from the stream; nothing is removed before.
func (v view) complete(d Decision, in Request, r recovery.Recovery, e *Evidence) Decision {
	d.Events = append(d.Events, &recovery.Completed{Outcome: recovery.Outcome{User: in.User, RecoveryID: r.ID}})
	d.Events = append(d.Events, v.tell(in, r, notification.RecoveryCompleted, e.Email, e.Phone)...)
	return d
}

// noticeLife is how long a notice is worth sending: its news outlives the case.
const noticeLife = 24 * time.Hour

// tell tells contacts of r.
func (v view) tell(in Request, r recovery.Recovery, t notification.Template, email, phone *Contact) []events.Event {
	var list []events.Event
	if email != nil {
		list = append(list, notice(in, r, t, notification.Email, v.now.Add(noticeLife)))
	}
	if phone != nil {
		list = append(list, notice(in, r, t, notification.SMS, v.now.Add(noticeLife)))
	}
	return list
}

func notice(in Request, r recovery.Recovery, t notification.Template, c notification.Channel, until time.Time) *notification.Requested {
	return &notification.Requested{
		User: in.User, NotificationID: in.derive(string(t) + " by " + string(c)), Channel: c, Template: t, About: r.ID,
		ExpiresAt: until, Locale: r.Locale,
	}
}

func expires(in Request, id string, at time.Time) Timer {
	return Timer{Event: &recovery.ExpiryDue{User: in.User, RecoveryID: id, ExpiresAt: at}, At: at}
}

func completes(in Request, id string, at time.Time) Timer {
	return Timer{Event: &recovery.CompletionDue{User: in.User, RecoveryID: id, CompletesAt: at}, At: at}
}

// expiry ends a case whose time has come. One that waits does not expire: its own timer ends the waiting.
func (v view) expiry(in ExpiryDue) Decision {
	r := v.state.Open
	switch {
	case r == nil || r.ID != in.RecoveryID || !r.ExpiresAt.Equal(in.ExpiresAt) || r.Next() == recovery.WaitingPeriod:
		return Decision{}
	case v.now.Before(r.ExpiresAt):
		return Decision{Early: r.ExpiresAt}
	}
	return decided(&recovery.Expired{Outcome: recovery.Outcome{User: in.User, RecoveryID: r.ID}})
}

func (v view) completion(in CompletionDue) Decision {
	r := v.state.Open
	switch {
	case r == nil || r.ID != in.RecoveryID || r.Next() != recovery.WaitingPeriod || !r.CompletesAt.Equal(in.CompletesAt):
		return Decision{}
	case v.now.Before(r.CompletesAt):
		return Decision{Early: r.CompletesAt}
	}
	return v.pass(in.Request, *r, recovery.StepPassedRecord{}, in.Evidence)
}
