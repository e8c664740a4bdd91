package events

import (
	"fmt"
	"strings"
)

// A Subject is a parsed name on the bus. Facts are in Type's words; the rest depends on Direction.
type Subject struct {
	Platform     string // DNS label; the only one believed
	Direction    Direction
	Worker       string // timer, dead
	Entity, Fact string // timer: only Fact
	UserKey      string // out
}

// InSubject is mfa.<platform>.in.<entity>.<fact>.
func InSubject(platform, entity, fact string) string {
	return join("mfa", platform, "in", entity, fact)
}

// OutSubject is mfa.<platform>.out.<entity>.<fact>.<userkey>.
func OutSubject(platform, entity, fact, userkey string) string {
	return join("mfa", platform, "out", entity, fact, userkey)
}

// TimerSubject is mfa.<platform>.timer.<worker>.<fact>, where a due timer is delivered.
func TimerSubject(platform, worker, fact string) string {
	return join("mfa", platform, "timer", worker, fact)
}

// DeadSubject is mfa.<platform>.dead.<worker>.<entity>.<fact>.
func DeadSubject(platform, worker, entity, fact string) string {
	return join("mfa", platform, "dead", worker, entity, fact)
}

// RPCSubject is mfa.<platform>.rpc.<entity>.<verb>.
func RPCSubject(platform, entity, verb string) string {
	return join("mfa", platform, "rpc", entity, verb)
}

// ParseSubject takes an in, out or timer subject apart.
func ParseSubject(subject string) (Subject, error) {
	p := strings.Split(subject, ".")
	if len(p) < 5 || p[0] != "mfa" {
		return Subject{}, fmt.Errorf("read subject %q: want mfa.<platform>.<in|out|timer>.…", subject)
	}
	s := Subject{Platform: p[1], Direction: Direction(p[2])}
	switch {
	case s.Direction == In && len(p) == 5:
		s.Entity, s.Fact = p[3], p[4]
	case s.Direction == Out && len(p) == 6:
		s.Entity, s.Fact, s.UserKey = p[3], p[4], p[5]
	case s.Direction == Timer && len(p) == 5:
		s.Worker, s.Fact = p[3], p[4]
	default:
		return Subject{}, fmt.Errorf("read subject %q: want mfa.<platform>.<in|out|timer>.…", subject)
	}
	return s, nil
}

func join(tokens ...string) string { return strings.Join(tokens, ".") }
