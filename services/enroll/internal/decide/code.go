package decide

import (
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/pkg/events/recent"
)

func (v view) code(in CodeSubmitted) (Decision, *events.Rejection) {
	open := v.state.Open
	if open == nil || open.ID != in.EnrollmentID {
		return Decision{}, v.absent(in.EnrollmentID)
	}
	p, ok := v.state.Pending(v.now)
	if !ok {
		return v.discard(in, enrollment.DiscardExpired), nil
	}
	if no := first(v.allows(p.Factor), v.reachable(p.Factor), v.proven(in, p)); no != nil {
		return Decision{}, no
	}
	return v.judge(in, p), nil
}

// proven asks for the password and the step-up that the request did not bring. Without it the code is not looked at.
func (v view) proven(in CodeSubmitted, p enrollment.Pending) *events.Rejection {
	var no *events.Rejection
	if !p.Reauthenticated {
		no = v.reauthenticated(in.ReauthenticatedAt)
	}
	if !p.SteppedUp {
		no = first(no, v.steppedUp(in.Login))
	}
	return no
}

func (v view) judge(in CodeSubmitted, p enrollment.Pending) Decision {
	today, again := v.wrongLeft()
	switch {
	case today == 0: // the code is not looked at, so that waiting is the only way on
		return v.reject(in, enrollment.CodeRateLimited, 0, again)
	case p.To != nil && !v.now.Before(p.CodeExpiresAt):
		return v.reject(in, enrollment.CodeExpired, min(today, v.policy.Enrollment.Attempts-p.Wrong), time.Time{})
	case !fits(in, p):
		return v.missed(in, p)
	}
	return v.activate(in, p)
}

func fits(in CodeSubmitted, p enrollment.Pending) bool {
	if p.To == nil {
		return len(in.Steps) > 0
	}
	return in.Sent
}

func (v view) missed(in CodeSubmitted, p enrollment.Pending) Decision {
	rest := v.policy.Enrollment.Attempts - p.Wrong - 1
	if rest <= 0 {
		return v.discard(in, enrollment.DiscardTooManyAttempts)
	}
	today, again := recent.Left(append(slices.Clone(v.state.Misses), v.now), v.policy.Enrollment.WrongPerDay, 24*time.Hour, v.now)
	return v.reject(in, enrollment.CodeWrong, min(rest, today), again)
}

func (v view) reject(in CodeSubmitted, why enrollment.CodeReason, attempts int, again time.Time) Decision {
	return decided(&enrollment.CodeRejected{
		User: in.User, EnrollmentID: in.EnrollmentID, Reason: why, AttemptsLeft: max(attempts, 0), RetryAt: again,
	})
}

func (v view) discard(in CodeSubmitted, why enrollment.DiscardReason) Decision {
	return decided(&enrollment.Discarded{User: in.User, EnrollmentID: in.EnrollmentID, Reason: why})
}

func (v view) activate(in CodeSubmitted, p enrollment.Pending) Decision {
	e := &enrollment.Activated{
		User: in.User, EnrollmentID: p.ID, Factor: p.Factor, LoginID: v.passes(in.Login),
		Record: enrollment.ActivatedRecord{Key: p.Key},
	}
	if !p.SteppedUp {
		e.Record.SpentLogin = v.spends(in.Login)
	}
	if len(in.Steps) > 0 && p.To == nil {
		e.Record.Step = slices.Max(in.Steps) // a code that fits two steps must not log in with the later one
	}
	d := decided(e)
	if v.state.RecoveryCodes == nil {
		set := v.generate(in.Request, p.Key, "")
		e.RecoveryCodesSetID = set.SetID
		d.Events = append(d.Events, set)
	}
	if gone := v.replaced(p.Factor); len(gone) > 0 {
		d.Events = append(d.Events, &enrollment.FactorRemoved{
			User: in.User, Factors: gone, Reason: enrollment.RemovedReplaced,
		})
	}
	d.Events = append(d.Events, v.settled(in.Request, p)...)
	d.Events = append(d.Events, v.cameTo(in.Request, p)...)
	told := reached(v.state.Email != nil || p.Email != nil, v.state.Phone != nil || p.Phone != nil)
	d.Events = append(d.Events, v.tell(in.Request, told, notification.FactorActivated, p.ID)...)
	return d
}

// passes returns the login that the activation ends well: one that started when there was no factor to ask for, once.
func (v view) passes(l Login) string {
	if _, spent := v.state.Spent(l.ID); spent || !l.StartedUnproven {
		return ""
	}
	return l.ID
}

// replaced are the factors that make room for a new one.
func (v view) replaced(f events.Factor) []enrollment.RemovedFactor {
	return v.factors(func(a enrollment.Active) bool { return v.policy.Exclusive || a.Factor == f })
}

func (v view) factors(which func(enrollment.Active) bool) []enrollment.RemovedFactor {
	list := []enrollment.RemovedFactor{}
	for _, a := range v.state.Active() {
		if which(a) {
			list = append(list, enrollment.RemovedFactor{EnrollmentID: a.ID, Factor: a.Factor})
		}
	}
	return list
}

func (v view) expiry(in ExpiryDue) Decision {
	open := v.state.Open
	if open == nil || open.ID != in.EnrollmentID {
		return Decision{}
	}
	if v.now.Before(open.ExpiresAt) {
		return Decision{Early: true}
	}
	return decided(&enrollment.Discarded{User: in.User, EnrollmentID: open.ID, Reason: enrollment.DiscardExpired})
}
