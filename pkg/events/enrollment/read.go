package enrollment

import (
	"slices"
	"time"

	"countersign/pkg/events"
)

// Active returns the factors whose codes count, the newest last. The caller may keep it.
func (s State) Active() []Active { return slices.Clone(s.Factors) }

// HasFactor reports whether any factor is active: without one, a password is all that there is.
func (s State) HasFactor() bool { return len(s.Factors) > 0 }

// Factor returns the active enrollment of a kind.
func (s State) Factor(f events.Factor) (Active, bool) {
	i := slices.IndexFunc(s.Factors, func(a Active) bool { return a.Factor == f })
	if i < 0 {
		return Active{}, false
	}
	return s.Factors[i], true
}

// Default returns the factor that is asked for unless the user wishes another: the newest.
func (s State) Default() (Active, bool) {
	if len(s.Factors) == 0 {
		return Active{}, false
	}
	return s.Factors[len(s.Factors)-1], true
}

// Pending returns the enrollment that a code can still activate at the time now.
func (s State) Pending(now time.Time) (Pending, bool) {
	if s.Open == nil || !now.Before(s.Open.ExpiresAt) {
		return Pending{}, false
	}
	return *s.Open, true
}

// Enrollment returns one that is pending, expired or not, or active.
func (s State) Enrollment(id string) (Enrollment, bool) {
	if s.Open != nil && s.Open.ID == id {
		return s.Open.Enrollment, true
	}
	a, ok := s.active(id)
	return a.Enrollment, ok
}

// Ended says how an enrollment that is no more came to its end. Only the last few are remembered.
func (s State) Ended(id string) (reason string, ok bool) {
	i := slices.IndexFunc(s.Past, func(e Ended) bool { return e.ID == id })
	if i < 0 {
		return "", false
	}
	return s.Past[i].Reason, true
}

// FormerContact returns the contact that a notification tells of a change: as it was before.
func (s State) FormerContact(notification string) (Contact, bool) {
	i := slices.IndexFunc(s.Formers, func(f Former) bool { return f.Notice == notification })
	if i < 0 {
		return Contact{}, false
	}
	return s.Formers[i].Contact, true
}

// Forgotten reports whether nothing has come to be known of the user since the erasure that Receipt is of.
func (s State) Forgotten() bool {
	return s.Receipt != nil && s.Key == Key{} && !s.Required && s.Open == nil && !s.HasFactor()
}

// Spent returns what a login was spent on, if it was within SpentLife.
func (s State) Spent(login string) (Spent, bool) {
	i := slices.IndexFunc(s.SpentLogins, func(p Spent) bool { return p.LoginID == login })
	if i < 0 {
		return Spent{}, false
	}
	return s.SpentLogins[i], true
}

func (s State) active(id string) (Active, bool) {
	i := slices.IndexFunc(s.Factors, func(a Active) bool { return a.ID == id })
	if i < 0 {
		return Active{}, false
	}
	return s.Factors[i], true
}
