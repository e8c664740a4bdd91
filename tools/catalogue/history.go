package main

import "time"

// The golden events are all about these.
const (
	theLogin        = "login-1"
	theChallenge    = "challenge-1"
	theEnrollment   = "enrollment-1"
	anotherLogin    = "login-2"
	another         = "challenge-2"
	otherEnrollment = "enrollment-2"
	theRecovery     = "recovery-1"
	otherRecovery   = "recovery-2"
)

// streams are what docs/streams.md shows.
func streams() []stream {
	return []stream{guardStream(), enrollmentStream(), notificationStream(), recoveryStream()}
}

// at is a commit of what was told then.
func at(after time.Duration, list ...written) commit { return commit{after: after, told: list} }

// comes is a time at which something is read otherwise, though nothing was told.
func comes(what string, after time.Duration) commit { return commit{after: after, note: what} }

// noted says what else makes the difference.
func (c commit) noted(note string) commit {
	c.note = note
	return c
}

func said(name string, with ...change) written {
	w := written{name: name, with: change{}}
	for _, c := range with {
		for field, value := range c {
			w.with[field] = value
		}
	}
	return w
}

// because is said with a reason.
func because(name, reason string, with ...change) written {
	return said(name, append(with, change{"reason": reason})...)
}

// times is the same commit n times, a second apart.
func times(n int, c commit) history {
	var h history
	for i := range n {
		again := c
		again.after += time.Duration(i) * time.Second
		h = append(h, again)
	}
	return h
}
