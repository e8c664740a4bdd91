package verify

import (
	"context"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/guard"
	"countersign/pkg/worker"
	"countersign/pkg/worker/eventstore"
	"countersign/pkg/worker/policy"
)

func (s *shell) guard(ctx context.Context, platform, userkey string) (guard.State, error) {
	stream := eventstore.Stream{Platform: platform, Kind: worker.GuardKind, UserKey: userkey}
	l, err := eventstore.Load(ctx, eventstore.Linearizable(s.Store), stream, s.guards.Fold)
	return l.State, err
}

// loginStatus says where a login stands by the primary record.
func (s *shell) loginStatus(ctx context.Context, platform string, body []byte) (any, error) {
	q, p, err := worker.Question[guard.LoginStatusRequest](s.Kit, platform, body)
	if err != nil {
		return nil, err
	}
	userkey := events.UserKey(platform, q.User)
	state, err := s.guard(ctx, platform, userkey)
	if err != nil {
		return nil, err
	}
	e, err := s.enrolledProven(ctx, platform, userkey)
	if err != nil {
		return nil, err
	}
	return loginStands(q.LoginID, state, e.state, p, s.Now()), nil
}

func loginStands(id string, state guard.State, e enrollment.State, p policy.Policy, now time.Time) guard.LoginStatus {
	l, _ := state.Login(id)
	answer := guard.LoginStatus{
		State: l.State, LoginID: id, Purpose: l.Purpose, ChallengeID: l.ChallengeID, Factor: l.Factor, ExpiresAt: l.ExpiresAt,
		Reason: string(l.Reason), EnrollmentID: l.EnrollmentID, MayContinue: l.MayContinue, ContinueUntil: l.ContinueUntil,
	}
	switch l.State {
	case guard.Waived:
		answer.Reason = string(guard.NotEnrolled)
	case guard.EnrollmentNeeded:
		answer.AllowedFactors = p.Factors
	}
	if c, ok := state.Challenge(l.ChallengeID); ok {
		challenged(&answer, state, c, enrolled{state: e}, now)
	}
	if a, ok := activatedBy(e, id); ok { // CONTRACT: this ends a login well, too
		answer.State, answer.Factor, answer.ExpiresAt = guard.Accepted, a.Factor, a.ActivatedAt.Add(goodFor)
	}
	return answer
}

// goodFor is how long an activation ends its login well, as an acceptance does.
const goodFor = 2 * time.Minute

func activatedBy(e enrollment.State, loginID string) (enrollment.Active, bool) {
	for _, a := range e.Active() {
		if a.LoginID == loginID {
			return a, true
		}
	}
	return enrollment.Active{}, false
}

func challenged(answer *guard.LoginStatus, state guard.State, c guard.Challenge, e enrolled, now time.Time) {
	answer.Factor, answer.ExpiresAt, answer.AttemptsLeft = c.Factor, c.ExpiresAt, &c.AttemptsLeft
	answer.CodeExpiresAt, answer.ResendAt = c.CodeExpiresAt, c.ResendAt
	answer.RetryAt, _ = state.Locked(c.Factor, now)
	if a, ok := e.state.Factor(c.Factor); ok {
		answer.DestinationHint = a.DestinationHint
	}
	answer.OtherFactors = e.evidence(now).Others(state, c.Factor)
}

// userStatus says how a user stands: factors, requirement, waits.
func (s *shell) userStatus(ctx context.Context, platform string, body []byte) (any, error) {
	q, p, err := worker.Question[guard.UserStatusRequest](s.Kit, platform, body)
	if err != nil {
		return nil, err
	}
	userkey := events.UserKey(platform, q.User)
	e, err := s.enrolledProven(ctx, platform, userkey)
	if err != nil {
		return nil, err
	}
	locks, err := s.guard(ctx, platform, userkey)
	if err != nil {
		return nil, err
	}
	status := standing(e.state, locks, p, s.Now())
	status.Recovery, err = s.recovering(ctx, platform, userkey)
	return status, err
}

// recovering tells of the user's open case; nil without one.
func (s *shell) recovering(ctx context.Context, platform, userkey string) (*guard.RecoveryStatus, error) {
	stream := eventstore.Stream{Platform: platform, Kind: worker.RecoveryKind, UserKey: userkey}
	l, err := eventstore.Load(ctx, eventstore.Linearizable(s.Store), stream, s.Recoveries())
	if open := l.State.Open; err == nil && open != nil && !open.Over(s.Now()) {
		found := &guard.RecoveryStatus{RecoveryID: open.ID, State: string(open.Status()), ExpiresAt: open.ExpiresAt}
		for _, step := range open.Steps {
			found.Steps = append(found.Steps, string(step))
		}
		return found, nil
	}
	return nil, err
}

func standing(e enrollment.State, locks guard.State, p policy.Policy, now time.Time) guard.UserStatus {
	status := guard.UserStatus{
		Required: e.Required || p.Required, AllowedFactors: p.Factors, Factors: []guard.FactorStatus{},
		Contacts: contacts(e),
	}
	if c := e.RecoveryCodes; c != nil {
		status.RecoveryCodesLeft = locks.CodesLeft(c.SetID, c.Count)
	}
	if d, ok := e.Default(); ok {
		status.DefaultFactor = d.Factor
	}
	for _, a := range e.Active() {
		until, _ := locks.Locked(a.Factor, now)
		status.Factors = append(status.Factors, guard.FactorStatus{
			EnrollmentID: a.ID, Factor: a.Factor, Status: string(a.Status), DestinationHint: a.DestinationHint,
			ActivatedAt: a.ActivatedAt, LockedUntil: until, Suspended: locks.Locks[a.Factor].Suspended,
			UndeliverableSince: since(a.Bounce),
		})
	}
	if open, ok := e.Pending(now); ok {
		status.Factors = append(status.Factors, guard.FactorStatus{
			EnrollmentID: open.ID, Factor: open.Factor, Status: string(open.Status), DestinationHint: open.DestinationHint,
		})
	}
	return status
}

func contacts(e enrollment.State) []guard.ContactStatus {
	list := []guard.ContactStatus{}
	add := func(kind string, k *enrollment.Kept) {
		if k != nil {
			list = append(list, guard.ContactStatus{Kind: kind, DestinationHint: k.Hint, UndeliverableSince: since(k.Bounce)})
		}
	}
	add("email", e.Email)
	add("phone", e.Phone)
	return list
}

func since(b *enrollment.Bounce) time.Time {
	if b == nil {
		return time.Time{}
	}
	return b.At
}
