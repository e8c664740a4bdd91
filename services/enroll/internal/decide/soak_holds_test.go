package decide_test

import (
	"errors"
	"maps"
	"slices"
	"time"

	"countersign/pkg/events"
	"countersign/pkg/events/enrollment"
	"countersign/pkg/events/notification"
	"countersign/services/enroll/internal/decide"
)

func everything() []string {
	return []string{
		enrollment.SecretCreatedType, enrollment.ActivatedType, enrollment.CodeRejectedType, enrollment.DiscardedType,
		enrollment.FactorRemovedType, enrollment.ContactsChangedType, enrollment.RequirementChangedType,
		enrollment.ProvisionedType, notification.RequestedType, enrollment.RecoveryCodesGeneratedType,
		enrollment.RecoveryCodesRevealedType, enrollment.UserErasedType, enrollment.ContactsBouncedType, enrollment.ContactsReachedType,
	}
}

// answered: one event of the contract's column, and that first; or a rejection; or, where nobody asked, perhaps nothing.
func (s *soak) answered(in decide.Input, d decide.Decision, no *events.Rejection) {
	if no != nil {
		if len(d.Events)+len(d.Timers) > 0 || !slices.Contains(events.Codes(), no.Code) {
			s.t.Fatalf("step %d, %T: refused %+v beside %d events", s.n, in, no, len(d.Events))
		}
		return
	}
	answers := askedBy(in).Answers
	if answers == nil {
		return
	}
	n := 0
	for _, e := range d.Events {
		if slices.Contains(answers, e.EventType()) {
			n++
		}
	}
	_, request := in.(decide.Requested)
	if n != 1 || !slices.Contains(answers, d.Events[0].EventType()) || (len(d.Timers) == 1) != request {
		s.t.Fatalf("step %d, %T: %d answers, %d timers, first is %v", s.n, in, n, len(d.Timers), tell(d, no, s.now))
	}
}

func (s *soak) holds(in decide.Input, right bool, d decide.Decision, before enrollment.State) {
	if err := errors.Join(s.once(), s.bounded(), s.proven(in, right, d, before), s.counted(d), s.toldOnce(d)); err != nil {
		s.t.Fatalf("step %d, %T: %v: %v", s.n, in, err, tell(d, nil, s.now))
	}
}

// once: never two active factors of one kind, one at all where policy says so, and what is active is not pending.
func (s *soak) once() error {
	kinds := map[events.Factor]bool{}
	for _, a := range s.state.Factors {
		if kinds[a.Factor] {
			return errors.New("two active factors of one kind")
		}
		kinds[a.Factor] = true
		if s.state.Open != nil && s.state.Open.ID == a.ID {
			return errors.New("a factor is active and pending")
		}
	}
	if s.state.RecoveryCodes != nil && len(kinds) == 0 {
		return errors.New("recovery codes without a factor")
	}
	if s.policy.Exclusive && len(kinds) > 1 {
		return errors.New("several factors where policy keeps one")
	}
	return nil
}

func (s *soak) bounded() error {
	if size := len(s.text); size > maxState {
		return errors.New("the state has grown too large")
	}
	return nil
}

// proven: what becomes active had a right code and a password; while a factor is active, what changes anything spent a login that was
// accepted and never spent before.
func (s *soak) proven(in decide.Input, right bool, d decide.Decision, before enrollment.State) error {
	var err error
	for _, e := range d.Events {
		switch e := e.(type) {
		case *enrollment.Activated:
			if e.Imported {
				err = errors.Join(err, s.brought(e, before))
				continue
			}
			err = errors.Join(err, s.rightly(e, right, before), s.spends(e.LoginID))
		case *enrollment.SecretCreated:
			_, again := in.(decide.ResendRequested)
			err = errors.Join(err, s.backed(before.HasFactor() && !again, e.Record.SpentLogin))
		case *enrollment.FactorRemoved:
			err = errors.Join(err, s.backed(before.HasFactor() && e.Reason == enrollment.RemovedByUser, e.Record.SpentLogin))
		case *enrollment.ContactsChanged:
			_, reported := in.(decide.ContactsReported)
			err = errors.Join(err, s.backed(before.HasFactor() && reported, e.Record.SpentLogin))
		case *enrollment.RecoveryCodesGenerated:
			_, asked := in.(decide.RecoveryCodesRequested)
			err = errors.Join(err, s.backed(asked, e.Record.SpentLogin))
		case *enrollment.Provisioned:
			err = errors.Join(err, s.backed(true, e.LoginID))
		}
	}
	return err
}

func (s *soak) rightly(e *enrollment.Activated, right bool, before enrollment.State) error {
	p := before.Open
	switch {
	case !right:
		return errors.New("activated without a right code")
	case p == nil || p.ID != e.EnrollmentID || !s.now.Before(p.ExpiresAt):
		return errors.New("activated what was not pending")
	case p.To != nil && !s.now.Before(p.CodeExpiresAt):
		return errors.New("activated by a code that was too old")
	case before.HasFactor() && !p.SteppedUp:
		return s.backed(true, e.Record.SpentLogin)
	case len(before.Factors) > 0 && e.LoginID != "" && !s.unproven(e.LoginID):
		return errors.New("passed a login that had a factor to ask for")
	}
	return nil
}

// brought: an administrator alone adds nothing to an active factor, and nobody's login passes by an import.
func (s *soak) brought(e *enrollment.Activated, before enrollment.State) error {
	if e.LoginID != "" || before.HasFactor() && (e.Record.App != nil || !slices.ContainsFunc(before.Factors, func(a enrollment.Active) bool { return a.ID == e.EnrollmentID })) {
		return errors.New("an import changed what a factor protects")
	}
	return nil
}

func (s *soak) unproven(login string) bool {
	return login == "unknown" ||
		slices.ContainsFunc(s.logins, func(l decide.Login) bool { return l.ID == login && l.StartedUnproven })
}

func (s *soak) backed(needed bool, login string) error {
	if !needed {
		return nil
	}
	i := slices.IndexFunc(s.logins, func(l decide.Login) bool { return l.ID == login })
	if i < 0 {
		return errors.New("changed while a factor is active, without a step-up")
	}
	if s.now.Sub(s.logins[i].AcceptedAt) > 5*time.Minute {
		return errors.New("changed with a step-up that was too old")
	}
	return s.spends(login)
}

// spends knows every login ever spent, where the state only remembers those that could be used again. "unknown" can pass by an
// activation long after it was forgotten.
func (s *soak) spends(login string) error {
	if login == "" || login == "unknown" {
		return nil
	}
	if _, ok := s.spent[login]; ok {
		return errors.New("a login was spent twice")
	}
	s.spent[login] = s.now
	return nil
}

// counted: at most five wrong codes are judged for an enrollment, ten for the user in any 24 hours.
func (s *soak) counted(d decide.Decision) error {
	for _, e := range d.Events {
		switch e := e.(type) {
		case *enrollment.CodeRejected:
			if e.Reason == enrollment.CodeWrong {
				s.missed(e.EnrollmentID)
			}
		case *enrollment.Discarded:
			if e.Reason == enrollment.DiscardTooManyAttempts {
				s.missed(e.EnrollmentID)
			}
		}
	}
	if slices.Max(append(slices.Collect(maps.Values(s.judged)), 0)) > 5 {
		return errors.New("more than five wrong codes for one enrollment")
	}
	today := slices.DeleteFunc(slices.Clone(s.wrong), func(t time.Time) bool { return s.now.Sub(t) >= 24*time.Hour })
	if len(today) > 10 {
		return errors.New("more than ten wrong codes in a day")
	}
	return nil
}

func (s *soak) missed(id string) {
	s.judged[id]++
	s.wrong = append(s.wrong, s.now)
}

// toldOnce: a set of codes is said to be shown once, a recovery clears once.
func (s *soak) toldOnce(d decide.Decision) error {
	for _, e := range d.Events {
		switch e := e.(type) {
		case *enrollment.RecoveryCodesRevealed:
			if s.shown[e.SetID] {
				return errors.New("a set was shown for the first time twice")
			}
			s.shown[e.SetID] = true
		case *enrollment.FactorRemoved:
			if e.Reason != enrollment.RemovedByRecovery {
				continue
			}
			if s.cured[e.RecoveryID] || e.Record.CompletedAt.IsZero() {
				return errors.New("a recovery cleared factors twice, or was not through")
			}
			s.cured[e.RecoveryID] = true
		}
	}
	return nil
}
