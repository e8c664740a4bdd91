package guard

import (
	"reflect"
	"time"

	"countersign/pkg/events"
)

// Quiet reports whether an answer leaves the state as it is, and when the last one did that was kept: a refusal of what was not looked at, or how
// a login stands, said again.
func (s State) Quiet(answer events.Event) (last time.Time, quiet bool) {
	return s.QuietAt, s.keeps(answer)
}

func (s State) keeps(e events.Event) bool {
	switch e := e.(type) {
	case *events.RequestRejected:
		return true
	case *AttemptRejected:
		return !e.Record.Judged
	case *ChallengeIssued:
		c, open := s.Challenge(e.ChallengeID)
		return open && reflect.DeepEqual(c.as(e), c)
	case *ChallengeWaived:
		l, known := s.Login(e.LoginID)
		return known && l.waived(e, l.EndedAt) == l
	case *EnrollmentRequired:
		l, known := s.Login(e.LoginID)
		return known && l.required(e, l.EndedAt) == l
	}
	return false
}
