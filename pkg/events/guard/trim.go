package guard

import (
	"slices"
	"time"
)

// trimmed forgets what no decision at or after at needs.
func (s State) trimmed(at time.Time) State {
	s.Wrong = recent(s.Wrong, at.Add(-WrongAge), KeptWrong)
	s.Resends = recent(s.Resends, at.Add(-ResendAge), KeptResends)
	s.Logins = s.keptLogins(at)
	return s
}

// recent returns the newest of times, which are in order, that lie after since.
func recent(times []time.Time, since time.Time, most int) []time.Time {
	first := max(0, len(times)-most)
	for first < len(times) && !times[first].After(since) {
		first++
	}
	if first == len(times) {
		return nil
	}
	return times[first:]
}

// keptLogins drops finished logins: those of more than an hour ago, and the oldest above the bound.
func (s State) keptLogins(at time.Time) []Login {
	finished := 0
	for _, l := range s.Logins {
		if l.State != Challenged {
			finished++
		}
	}
	tooMany := finished - KeptLogins
	return slices.DeleteFunc(slices.Clone(s.Logins), func(l Login) bool {
		if l.State == Challenged {
			return false
		}
		tooMany--
		return tooMany >= 0 || at.Sub(l.EndedAt) > LoginAge
	})
}
