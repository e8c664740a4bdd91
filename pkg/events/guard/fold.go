package guard

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/notification"
)

// Evolve returns the state after e, which was committed at the time at. It does not change s. An event of a type that is not known
// here, or of another user, is an error: a state without it would say less than what happened.
func Evolve(s State, e events.Event, at time.Time) (State, error) {
	if s.User == "" {
		s.User = e.UserID()
	}
	if _, quiet := s.Quiet(e); quiet {
		s.QuietAt = at
	}
	if _, ok := e.(*events.RequestRejected); ok {
		return s, nil
	}
	if s.User != e.UserID() {
		return s, fmt.Errorf("fold %s: it is about another user than the stream", e.EventType())
	}
	s, err := s.after(e, at)
	if err != nil {
		return s, err
	}
	return s.trimmed(at), nil
}

func (s State) after(e events.Event, at time.Time) (State, error) {
	switch e := e.(type) {
	case *ChallengeIssued:
		return s.issued(e, at), nil
	case *ChallengeWaived:
		return s.waived(e, at), nil
	case *ChallengeClosed:
		return s.closed(e, at), nil
	case *EnrollmentRequired:
		return s.required(e, at), nil
	case *AttemptAccepted:
		return s.accepted(e, at), nil
	case *AttemptRejected:
		return s.rejected(e, at), nil
	case *FactorLocked:
		return s.locked(e, at), nil
	case *FactorUnlocked:
		return s.unlocked(e), nil
	case *CodeReuseDetected:
		return s.reused(e), nil
	case *RecoveryCodeJudged:
		return s.judged(e), nil
	case *notification.Requested:
		return s, nil
	}
	return s, fmt.Errorf("fold %s: %w", e.EventType(), events.ErrUnknownType)
}

// issued opens a challenge, or says how one that is open stands after a resend.
func (s State) issued(e *ChallengeIssued, at time.Time) State {
	s.HadFactor = true
	c, ok := s.Challenge(e.ChallengeID)
	if !ok {
		c = Challenge{ID: e.ChallengeID, LoginID: e.LoginID, Purpose: e.Record.Purpose, StartedAt: at}
	}
	c = c.as(e)
	s.Challenges = put(s.Challenges, c, func(o Challenge) bool { return o.ID == c.ID })
	if e.Sending && e.Record.Resend {
		s.Resends = append(slices.Clip(s.Resends), at)
	}
	return s.login(e.LoginID, at, func(l *Login) {
		l.State, l.Purpose, l.ChallengeID, l.Factor = Challenged, c.Purpose, c.ID, c.Factor
	})
}

// as is the challenge as e says that it stands.
func (c Challenge) as(e *ChallengeIssued) Challenge {
	r := e.Record
	c.Factor, c.EnrollmentID, c.Keyring, c.Number = e.Factor, r.EnrollmentID, r.Keyring, r.Number
	c.AttemptsLeft, c.ExpiresAt = e.AttemptsLeft, e.ExpiresAt
	c.Sending, c.NotificationID, c.Locale = r.Sending, r.NotificationID, r.Locale
	c.CodeExpiresAt, c.ResendAt = e.CodeExpiresAt, e.ResendAt
	c.FarSteps = nil
	return c
}

func (s State) waived(e *ChallengeWaived, at time.Time) State {
	return s.login(e.LoginID, at, func(l *Login) { *l = l.waived(e, at) })
}

func (l Login) waived(e *ChallengeWaived, at time.Time) Login {
	l.State, l.Purpose, l.EndedAt, l.ExpiresAt = Waived, e.Record.Purpose, at, e.ExpiresAt
	l.EnrollmentID, l.MayContinue, l.ContinueUntil = "", false, time.Time{}
	return l
}

func (s State) required(e *EnrollmentRequired, at time.Time) State {
	if s.RequiredAt.IsZero() {
		s.RequiredAt = at
	}
	return s.login(e.LoginID, at, func(l *Login) { *l = l.required(e, at) })
}

func (l Login) required(e *EnrollmentRequired, at time.Time) Login {
	l.State, l.Purpose, l.EndedAt, l.ExpiresAt = EnrollmentNeeded, e.Record.Purpose, at, time.Time{}
	l.EnrollmentID, l.MayContinue, l.ContinueUntil = e.EnrollmentID, e.MayContinue, e.ContinueUntil
	return l
}

func (s State) closed(e *ChallengeClosed, at time.Time) State {
	s = s.without(e.ChallengeID)
	return s.login(e.LoginID, at, func(l *Login) { l.State, l.Reason, l.EndedAt = Ended, e.Reason, at })
}

func (s State) accepted(e *AttemptAccepted, at time.Time) State {
	s = s.without(e.ChallengeID)
	s.InARow = 0 // the count of the day stays: a success does not lower it
	switch r := e.Record; e.Factor {
	case events.TOTP:
		s.LastStep = LastStep{
			EnrollmentID: r.EnrollmentID, Step: r.Step, LoginID: e.LoginID, Drift: r.Drift, Behind: r.Behind,
			Before: s.LastStep.before(r.EnrollmentID),
		}
	case events.RecoveryCode:
		s = s.used(r.SetID, UsedCode{Number: r.Number, LoginID: e.LoginID})
	}
	return s.login(e.LoginID, at, func(l *Login) {
		l.State, l.Factor, l.EndedAt, l.ExpiresAt = Accepted, e.Factor, at, e.ExpiresAt
	})
}

func (s State) rejected(e *AttemptRejected, at time.Time) State {
	if e.Record.Counted {
		s.Wrong = append(slices.Clip(s.Wrong), at)
		s.InARow++
	}
	if c, ok := s.Challenge(e.ChallengeID); ok && e.Record.Judged {
		c.AttemptsLeft--
		c.FarSteps = e.Record.FarSteps
		s.Challenges = put(s.Challenges, c, func(o Challenge) bool { return o.ID == c.ID })
	}
	return s
}

// locked makes every factor wait, whichever was guessed: else a guesser would go on with the next one.
func (s State) locked(e *FactorLocked, at time.Time) State {
	locks := map[events.Factor]Lock{}
	for _, f := range ShortCodes() {
		l := s.Locks[f]
		l.Since, l.Until, l.Suspended = at, later(l.Until, e.Until), l.Suspended || e.Suspended
		locks[f] = l
	}
	s.Locks = locks
	return s
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func (s State) unlocked(e *FactorUnlocked) State {
	s.InARow = 0
	if e.Factor == "" {
		s.Locks = nil
		return s
	}
	s.Locks = maps.Clone(s.Locks)
	delete(s.Locks, e.Factor)
	return s
}

// login changes the entry of a login; a new one is added.
func (s State) login(id string, at time.Time, change func(*Login)) State {
	l, ok := s.Login(id)
	if !ok {
		l.StartedAt = at
	}
	change(&l)
	s.Logins = put(s.Logins, l, func(o Login) bool { return o.ID == id })
	return s
}

func (s State) without(challengeID string) State {
	s.Challenges = slices.DeleteFunc(slices.Clone(s.Challenges), func(c Challenge) bool { return c.ID == challengeID })
	return s
}

// put returns a copy of list in which item stands in the place of the one that is same, else at the end.
func put[T any](list []T, item T, same func(T) bool) []T {
	list = slices.Clone(list)
	if i := slices.IndexFunc(list, same); i >= 0 {
		list[i] = item
		return list
	}
	return append(list, item)
}
