package core

import (
	"slices"
	"time"
)

// MaxDrift is how many steps an app's clock may be off: ten minutes of 30-second steps. Within the window around what is remembered one
// code is enough; elsewhere it takes two consecutive ones (RFC 6238 section 6).
const MaxDrift = 20

// clockOf returns how many steps the app's clock is taken to be ahead of ours.
func (d desk) clockOf(e Enrolled) (drift int, behind bool) {
	if last := d.state.LastStep; last.EnrollmentID == e.EnrollmentID && e.EnrollmentID != "" {
		return last.Drift, last.Behind
	}
	seen := ahead(e, e.ActivatedStep, e.ActivatedAt)
	if seen < -d.policy.TOTP.Back || seen > d.policy.TOTP.Forward { // no code of the window that activates
		return 0, false
	}
	return d.moved(0, false, seen)
}

// clockAfter is the same once the code of step is accepted now.
func (d desk) clockAfter(e Enrolled, step uint64) (drift int, behind bool) {
	drift, behind = d.clockOf(e)
	return d.moved(drift, behind, ahead(e, step, d.now))
}

// moved follows a clock. A code that is ahead of what was remembered shows where the clock is. One that is behind, within the window, may
// have been typed slowly: only a second such one in a row is believed. One farther behind came as the second of two consecutive ones.
func (d desk) moved(drift int, behind bool, seen int) (int, bool) {
	slow := seen < drift && seen >= drift-max(1, d.policy.TOTP.Back)
	if slow && !behind {
		return drift, true
	}
	return clamp(seen), false
}

func clamp(drift int) int { return max(-MaxDrift, min(drift, MaxDrift)) }

// ahead is how many steps a code of step, given at at, is ahead.
func ahead(e Enrolled, step uint64, at time.Time) int {
	if e.Period < time.Second || at.Unix() < 0 {
		return 0
	}
	return int(int64(step) - at.Unix()/int64(e.Period/time.Second))
}

// afterOneOf returns those of steps that follow one of before.
func afterOneOf(before, steps []uint64) []uint64 {
	return slices.DeleteFunc(slices.Clone(steps), func(s uint64) bool { return s == 0 || !slices.Contains(before, s-1) })
}
