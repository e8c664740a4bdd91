package events

import (
	"errors"
	"regexp"
	"slices"
	"strings"
)

// A Subject is a parsed name on the bus. Facts are in Type's words; the rest depends on Direction.
type Subject struct {
	Platform     string // DNS label; the only one believed
	Direction    Direction
	Worker       string // of a timer
	Entity, Fact string // of a timer only Fact
	UserKey      string // of an out
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
	if len(p) < 5 || p[0] != "mfa" || CheckPlatform(p[1]) != nil || slices.Contains(p, "") {
		return Subject{}, errSubject
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
		return Subject{}, errSubject
	}
	return s, nil
}

var errSubject = errors.New("read subject: want mfa.<platform>.<in|out|timer>.…")

var platformShape = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// CheckPlatform checks a platform's name: a DNS label in lower case, at most 63 bytes.
func CheckPlatform(name string) error {
	if !platformShape.MatchString(name) {
		return Fault("platform", "is not a DNS label: 1 to 63 lower-case letters, digits and hyphens, no hyphen at the ends")
	}
	return nil
}

func join(tokens ...string) string { return strings.Join(tokens, ".") }
