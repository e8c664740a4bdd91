package core

import (
	"countersign/pkg/events"
	"countersign/pkg/events/guard"
)

// factorsRemoved closes the challenges whose enrollments are no more, and lets a user who starts anew out of waits and suspension. Told
// twice or late, it does nothing more.
func (d desk) factorsRemoved(in FactorsRemoved) Decision {
	var list []events.Event
	for _, c := range d.state.Challenges {
		if !in.Evidence.active(c) {
			list = append(list, d.close(c, in.Evidence.end(c)))
		}
	}
	if in.Cleared != nil && d.endedBy(*in.Cleared) {
		list = append(list, &guard.FactorUnlocked{User: in.User, By: in.Cleared.By, Reason: in.Cleared.Reason})
	}
	return happened(list...)
}

// endedBy reports whether there are waits, a suspension or wrong codes in a row, all of them from before the removal: those of later
// guesses stay, however late the word of the removal comes.
func (d desk) endedBy(c Cleared) bool {
	locked := false
	for _, f := range guard.ShortCodes() {
		if d.state.Locks[f].Since.After(c.At) {
			return false
		}
		_, waits := d.state.Locked(f, d.now)
		locked = locked || waits
	}
	if n := len(d.state.Wrong); n > 0 && d.state.Wrong[n-1].After(c.At) {
		return false
	}
	return locked || d.state.InARow > 0
}
